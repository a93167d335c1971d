"""Trains the static embedder and writes the files that ship.

- `arrays`: bags of tokens; the encoded corpus
- `batches`: draws batches of questions and documents
- `encode`: learns the vocabulary and encodes examples
- `export`: writes int8 vectors, tokenizer and configuration
- `reference`: the embedder in sentence-transformers, to compare with
- `teacher`: starting vectors from MiniLM
- `train`: the training loop (InfoNCE)
- `vocabulary`: the tokenizer
- `word_scores`: BM25 inside a batch

It does not know where examples come from, or the index beyond its static embedder.
"""
