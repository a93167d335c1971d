"""The review flow: tests and static checks first, then a model's findings, then their refutation.

- `checks/`: findings by measurement: broken tests, removed code, linters
- `findings/`: `Finding`, anchors, suggestions, ranking, `Review`
- `flow`: order of the steps of one review
- `needs`: what a review may spend, by the steps of its model
- `proofs/`: tests that a model writes for its claims, and what they show
- `reading/`: a model's findings and their refutation
- `review_run`: sets up a review run: proposal, sandbox, team

Code decides every step, so it needs no AutoGen. It does not know HTTP, forges or the command line,
and must not import `ask`, `change` or `runtime`. Inside, imports go down: `review_run` and `needs`,
`flow`, `proofs`, `reading`, `checks`, `findings`.
"""
