"""The quantisation certificate: what a generation's codes lose against exact float32 search."""
