"""A repository turned into something searchable.

The way in: `discover` lists files and says why others are left out, `redact` removes secrets,
`languages` and `extract` cut text into units, symbols and references, `manifest` keeps the truth,
`lexical` and `dense` make it findable, `indexer` runs it all. The way out: `search` asks the tiers
and `rank` fuses them. It knows nothing of agents, models' prompts or HTTP.
"""
