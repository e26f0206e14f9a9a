"""Text in any language: its language, its sentences, its lines."""
