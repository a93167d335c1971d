"""The review flow: tests and static checks first, then a model's findings, then their refutation.

- `checks/`: findings by measurement: broken tests, removed code, linters
- `findings/`: `Finding`, anchors, suggestions, ranking, `Review`
- `flow`: order of the steps of one review
- `reading/`: a model's findings and their refutation
- `review_run`: sets up a review run: proposal, sandbox, team

It does not know HTTP, forges, the command line or AutoGen (only `runtime`), and must not import
`ask` or `change`. Inside, imports go down: `start`, `flow`, `reading`, `checks`, `findings`.
"""
