"""Change and review a repository, and what became of such runs."""
