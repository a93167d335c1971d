"""One module for each kind of secret."""
