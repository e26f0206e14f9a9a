"""Alembic's migrations of the catalogue. A new one goes into versions/, and its revision into catalogue.HEAD."""
