"""How the static code embedder that ships with rooftree is made.

`mine` reads examples out of permissively licensed packages and repositories, `vocabulary` makes the
tokeniser, `encode` turns examples into arrays, `train` fits the vectors, `export` writes the files
that ship. Nothing of what is read is executed. It does not know how the index uses an embedder.
"""
