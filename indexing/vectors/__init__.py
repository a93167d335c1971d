"""Embeddings: embedders, vectors in the manifest, and Chroma as their cache.

- `embedder_identity`: recognises the model behind an embedding endpoint by its vectors
- `chroma`: a Chroma collection filled from the manifest; imports chromadb
- `chroma_checksum`: checksums of a Chroma folder that was closed properly
- `chroma_client`: asks the Chroma process over a socket
- `chroma_messages`: messages between client and process
- `chroma_process`: the child process that owns a Chroma folder
- `embedder`: `Embedder` protocol, fingerprint; sentence-transformers embedder
- `embedders`: the configured embedder, opened when needed, retried when down
- `endpoint_embedder`: embeds through /v1/embeddings
- `coverage_notes`: coverage notes in words: what a search could not see
- `static_embedder`: the shipped static embedder (numpy and tokenizers)
- `store`: stores, fills and scans vectors in the manifest
- `static_weights/`: the shipped weights and their model card

It does not know questions or ranking. It must not import `ranking`, `symbols`, `history`, `search`
or `repository`. Only `chroma`, inside `chroma_process`, imports chromadb.
"""
