"""Rerankers: one score for a query and a passage. One family per file."""
