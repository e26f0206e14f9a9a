"""Formats whose lines are their units: logs, source code, settings, subtitles, plain text with a form of its own."""
