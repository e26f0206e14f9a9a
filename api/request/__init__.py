"""Facts of the request that is being answered: two context variables, for logs and time limits."""
