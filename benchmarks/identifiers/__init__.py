"""Identifiers and error messages, pasted as people paste them: is a document that holds them first?

`queries.jsonl` has a query a line, with the tree of documents that it is about and the documents that hold what was
pasted, relative to the tree. The documents are not ours: OpenSearch's and Vespa's documentation, both Apache-2.0.
"""
