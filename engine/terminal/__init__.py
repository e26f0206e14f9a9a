"""Parts that every command shares: options and output."""
