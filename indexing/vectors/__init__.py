"""Embedders, and the vectors in the manifest and in Chroma."""
