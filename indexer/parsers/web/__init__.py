"""A web page: what it says of itself, what of it is clutter, and where its content stands."""
