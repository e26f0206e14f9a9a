"""Winnow's parts against the libraries that do the same, interleaved in one process."""
