"""Commands that look after what is stored: backups, merges, verification, repair. One file each."""
