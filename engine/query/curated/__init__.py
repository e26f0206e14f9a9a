"""A collection's rules (engine/curation.py) at work in a search, one kind a file."""
