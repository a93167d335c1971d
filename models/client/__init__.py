"""The client of one endpoint: context window, token counting, tools, and their fallbacks."""
