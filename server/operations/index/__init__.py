"""Index a repository, and tell what its index holds."""
