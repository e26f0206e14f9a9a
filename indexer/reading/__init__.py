"""Reading of sources: parsed and cut into passages, in this process or in others beside it."""
