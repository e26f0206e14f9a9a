"""The catalogue: which generation of each collection is the current one."""
