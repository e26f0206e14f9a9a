"""Retrievers for other frameworks, thin over `api.client`, one file each; each needs the extra of its name."""
