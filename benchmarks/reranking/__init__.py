"""Rerankers on candidate lists that are given, by the measures that sentence-transformers publishes for them."""
