"""Parsing what strangers upload, in a process of its own under limits."""
