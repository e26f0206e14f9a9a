"""Word documents: styles, numbering, runs and the body, read from their XML."""
