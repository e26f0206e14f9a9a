"""Folders that stay in step: what is read of them, under which ids, and what of it has moved or is gone."""
