"""Segments: immutable directories of documents, passages, BM25 and vectors, with their deletions."""
