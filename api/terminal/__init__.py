"""The command `winnow`: its options, what it prints through, and one file per command."""
