"""Training of the bundled models: pairs, hard negatives, the reranker's loop, packaging, evaluation."""
