"""From a source to a document cut into passages, in this process or in others beside it."""
