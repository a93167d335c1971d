"""What a change removes, and which files still use it."""
