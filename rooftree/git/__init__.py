"""Hardened calls of git, its output as streams, revisions, and the changes of each commit."""
