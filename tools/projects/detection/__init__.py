"""Detect a project's test, lint and build commands."""
