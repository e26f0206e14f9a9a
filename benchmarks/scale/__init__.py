"""Dense search over many codes: index kinds side by side."""
