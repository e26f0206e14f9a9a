"""Other engines on the same texts, models, queries and machine, each in a process of its own."""
