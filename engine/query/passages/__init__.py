"""Passages of one document: which stands for it, which others come near, what lies around it."""
