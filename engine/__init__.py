"""Winnow's engine: everything that a query needs, and the formats on disk. Programs import `winnow` instead."""
