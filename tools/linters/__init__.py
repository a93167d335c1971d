"""Static tools on changed files: their remarks on the new files that the old ones do not have.

`ruff` and `bandit` run in the sandbox, by our own arguments and none of the repository's settings;
`structure` looks by tree-sitter, for every language. A remark has a severity of ours, since a
tool's own does not tell what breaks from what is untidy. Nothing here knows of models.
"""
