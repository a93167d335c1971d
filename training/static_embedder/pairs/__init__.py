"""Mine training pairs of words and code from packages and histories."""
