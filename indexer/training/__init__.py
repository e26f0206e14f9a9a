"""`winnow train`: rerankers, encoders and static encoders, each from one YAML recipe."""
