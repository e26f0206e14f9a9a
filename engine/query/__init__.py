"""The query path, from the words of a request to a page of hits; `pipeline.py` reads top to bottom."""
