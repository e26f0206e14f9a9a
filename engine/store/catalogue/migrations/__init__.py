"""Alembic's migrations of the catalogue. A new one goes into versions/, and its revision into sqlite_file.HEAD."""
