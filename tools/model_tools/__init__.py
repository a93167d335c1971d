"""The tools that a model may call: search, read, edit, history."""
