"""Measured evidence for a draft: baselines, verification, own tests, suspects."""
