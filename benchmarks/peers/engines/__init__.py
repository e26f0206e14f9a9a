"""Other engines as a benchmark asks them, one file each, and Winnow among them."""
