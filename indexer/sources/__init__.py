"""Where documents come from: paths, folders, and what programs hand over."""
