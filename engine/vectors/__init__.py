"""Dense retrieval: codecs, their files, scans and rescoring."""
