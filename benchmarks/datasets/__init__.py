"""Judged collections made from published data, for choosing defaults on other domains. One per file."""
