"""Rank candidates: BM25, vectors, features, learnt weights, and diversity."""
