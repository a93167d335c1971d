"""Terminal output: streams, progress, failures, and the client of a running server."""
