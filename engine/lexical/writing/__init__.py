"""Writing a segment's lexical indexes: each distinct token is analysed once, all counting is NumPy's."""
