"""Docstring to code: the static embedder beside BM25, MiniLM and a distilled, untrained model.

Every set is made of code that the embedder never saw: CPython's standard library, and repositories
of other languages that the training leaves out. A query is the first paragraph of what documents a
function; its answer is that function with the words taken out, among all functions of the set.
"""
