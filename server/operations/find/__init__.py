"""Look things up in a repository, and answer questions about it."""
