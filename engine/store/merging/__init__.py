"""Merging segments: which ones, and the commit that replaces them."""
