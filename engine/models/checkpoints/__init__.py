"""The files of a model: where they lie, what they say of themselves, weights and tokenizers."""
