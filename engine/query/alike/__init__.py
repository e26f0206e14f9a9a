"""Likeness among the hits of one search: near-duplicates, and how different hits are from each other."""
