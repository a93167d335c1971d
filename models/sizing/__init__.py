"""How much memory a model takes, what fits where, and how fast that can be at best.

Two methods: `seed` repeats a widely copied rule that is wrong for serving, so that its figures can
be compared; `engine` reckons as inference engines really use memory. Pure arithmetic over an
architecture read from a config.json, a GGUF header or a preset; it knows no servers.
"""
