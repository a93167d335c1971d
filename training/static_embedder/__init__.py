"""The recipe of the static embedder that is shipped: pairs mined, a vocabulary, training, export.

`sources` says what is read and under which licence, `pairs` turns a file into question and code,
`mine` runs it over all sources, `vocabulary` makes the tokenizer, `train` the vectors, `export` the
small files that `indexing.static_embedder` reads. It runs once a release, never for a user.
"""
