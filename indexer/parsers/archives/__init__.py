"""Archives: zip, tar and compressed files, read member by member; nothing of them is written to disk."""
