"""Bi-encoders: everything after the transformer that makes one vector of a text."""
