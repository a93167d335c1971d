"""A model reads the diff: findings, then doubts about them.

- `change_context`: what a change says of itself, and the list of all that it touches
- `claims`: asks a model for findings and has each refuted; what was not asked or read
- `hunk_packs`: splits a diff into pieces that fit a model
- `model_findings`: asks a model for findings and anchors them
- `refuter`: lets a model refute one finding
- `risk`: which places of a large change are read
- `tool_reading`: a capable model looks into one place with tools

A model's claim counts only once it is anchored. Of `review` it may import `checks` and `findings`;
not `proofs`, `flow` or `review_run`.
"""
