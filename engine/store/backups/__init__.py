"""Backups: a generation copied to a depot, and brought back as a new collection."""
