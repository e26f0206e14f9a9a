"""The request that is being answered: two context variables, for logs and time limits, and the threads for its work."""
