"""Searching code side by side: rooftree, plain baselines and peers, on the same checkouts.

`checkout` makes a repository as it was some changes ago, with its questions; `ours`, `baselines`
and `peers` answer them, `score` counts, `run` prints. Nothing here is imported by rooftree.
"""
