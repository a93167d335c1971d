"""Ranks candidates for a question.

- `arrays`: sums over columns of scores
- `bm25`: BM25F over units: text, name and path
- `diversify`: which ranked places are shown; limits places per file
- `engine`: collects candidates from words, names and vectors
- `features`: the feature columns of a candidate: add a ranking column here
- `missing_vectors`: which texts of a view have no vector, kept from view to view
- `recency`: which files changed lately, stored with the index
- `index_view`: `IndexView`: a generation as arrays
- `index_view_file`: a view saved in a file for faster starts
- `index_view_reader`: reads a view from the manifest or an earlier view
- `recently_used`: the values that a process used last: tables of vectors, graphs
- `vector_scan`: exact cosine scan of stored vectors
- `weights`: weights per kind of question; combines columns into a score
- `ranking_weights.json`: the shipped weights

It does not know how hits are shown or who asks. It must not import `symbols`, `history`, `search`
or `repository`.
"""
