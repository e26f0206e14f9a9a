"""Models that another program serves at an address: an encoder or a reranker named by protocol, URL and model."""
