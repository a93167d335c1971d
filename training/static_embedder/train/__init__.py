"""Train, evaluate and export the static embedder."""
