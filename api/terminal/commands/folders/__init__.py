"""Commands that keep collections in step with folders. One file each."""
