"""Shown to contained programs, read-only, and run there: standard library only, any Python 3.8+."""
