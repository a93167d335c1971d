"""A model reads the diff: findings, then doubts about them.

- `claims`: asks a model for findings and has each refuted; what was not asked or read
- `hunk_packs`: splits a diff into pieces that fit a model
- `model_findings`: asks a model for findings and anchors them
- `refuter`: lets a model refute one finding

A model's claim counts only once it is anchored. Of `review` it may import `checks` and `findings`;
not `proofs`, `flow` or `review_run`.
"""
