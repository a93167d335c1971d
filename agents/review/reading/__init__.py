"""What a model reads and claims, and the refuter of its claims."""
