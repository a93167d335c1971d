"""Weights: the catalogue, licences, downloads, GGUF files, and the local store."""
