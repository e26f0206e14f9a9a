"""What every command shares: its options, and what it prints through."""
