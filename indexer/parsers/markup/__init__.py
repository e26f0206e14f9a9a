"""Text with marks: reStructuredText, AsciiDoc, Org, LaTeX, manual pages. Structure matters here, not rendering."""
