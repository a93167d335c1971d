"""Checks that run without a model: tests, linters, removals, causes of failures."""
