"""Formats of values rather than of text: tables, JSON, XML, notebooks, references, calendars and contacts."""
