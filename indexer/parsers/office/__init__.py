"""Office documents and books: files that are zip archives of XML, spreadsheets, and RTF."""
