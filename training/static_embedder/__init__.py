"""How the shipped static embedder is made: pairs of texts, then training.

- `pairs/`: mines pairs of question and code from packages and repositories
- `train/`: vocabulary, training and export

It does not know how the index uses an embedder. What it reads is never executed.
"""
