"""A repository turned into something searchable.

Indexing: `discover` lists files and says why others are left out, `redact` removes secrets,
`languages` and `extract` cut text into units, symbols and references, `manifest` stores them,
`lexical` and `dense` make it findable, `indexer` runs it all. Searching: `search` asks the tiers
and `rank` fuses them. It does not depend on agents, prompts or HTTP.
"""
