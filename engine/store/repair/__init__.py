"""Finding damage, and repairing it: the catalogue, a collection's small files, its segments."""
