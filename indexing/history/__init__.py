"""Search over commits, and the symbols that each one touched."""
