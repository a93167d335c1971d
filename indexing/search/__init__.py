"""Search one generation: hits, coverage, and merging over repositories."""
