"""From a parsed document to passages that fit the encoder."""
