"""Check a live model server against what rooftree requires, and recognise its program."""
