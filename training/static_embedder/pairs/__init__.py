"""Mines training examples: words about code, and the code.

- `comments`: examples from comments inside code
- `near_copies`: excludes near-copies of evaluation data
- `fetch_packages`: downloads packages at listed versions
- `history_pairs`: examples from commits
- `licences`: which licences permit learning
- `mine`: entry point: mines wheels, tarballs and repositories
- `training_examples`: the example, on disk and as two texts
- `python_pairs`: examples from Python source, by `ast`
- `sources`: texts inside archives and repositories
- `test_pairs`: pairs tests with what they test
- `tree_pairs`: examples from any language that the index parses
- `packages.tsv`: packages that are mined
- `repositories.json`: repositories that are mined, with licences

It does not know how an embedder is trained: it must not import `train`.
"""
