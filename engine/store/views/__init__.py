"""Generations as somebody sees them who may not see every document."""
