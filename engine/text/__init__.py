"""What the engine knows of text in any language: its language, its sentences, its lines."""
