"""Findings: anchors, ranking, suggested fixes, and the outcome of a review."""
