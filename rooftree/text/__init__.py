"""Safe display of text: invisible characters, look-alikes, and inert Markdown."""
