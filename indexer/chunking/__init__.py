"""Chunking: a parsed document is cut into passages that fit the encoder."""
