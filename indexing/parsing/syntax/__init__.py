"""Grammars, their queries, and the definitions and lines of one file."""
