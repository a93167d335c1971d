"""Prompt files (Markdown with Jinja) and the library that loads and renders them.

A prompt is a file, never a string in code. It is rendered from named values only, a missing one is
an error, and every rendering carries the file's id and hash so that a run can say which prompt it
used. The library does not know who sends a prompt or to which model.
"""
