"""Snippets: what of a passage is shown, cut once for every interface. Start at `cutting.py`."""
