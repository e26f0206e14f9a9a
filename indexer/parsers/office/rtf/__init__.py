"""Rich Text Format: its words, its groups, its code pages."""
