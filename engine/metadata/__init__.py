"""Metadata values: how they are read, compared, ordered and laid out in columns."""
