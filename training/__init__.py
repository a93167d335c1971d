"""Learning and measuring, offline: ranking weights, the shipped embedder, adapters.

- `adapters/`: LoRA adapters to GGUF and PEFT; the tests' adapter
- `retrieval/`: evaluates search on a repository's history; learns ranking weights
- `static_embedder/`: makes the static embedder that ships with rooftree

Nothing here runs while somebody waits for an answer. It does not know HTTP or the command line and
must not import `server`.
"""
