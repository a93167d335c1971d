"""Snapshot, workspace and draft, and applying a draft to the user's tree."""
