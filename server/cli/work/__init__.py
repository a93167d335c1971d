"""Commands that run code: change, review, runs, sandbox."""
