"""Look-ups by name: definitions, uses, text matches, and the repository map."""
