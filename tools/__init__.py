"""What an agent may do to a repository: read, search, draft, test, apply.

- `once`: `Memo`: does a step once and remembers its result
- `approvals`: asks a person before a command or a diff; approval modes
- `drafts/`: snapshot, draft, working copy, apply and undo of a change
- `sandbox/`: runs foreign code contained: bubblewrap, containers
- `diffs/`: diffs of others: parsing, both sides as files, removed definitions
- `edits/`: edit formats: applies what a model wrote to a text
- `moving/`: moves a Python definition or file, and all its uses
- `upgrading/`: upgrades a dependency in the manifests that name it
- `renaming/`: renames a Python definition and all its uses
- `mutation/`: breaks each piece of a change, to see whether tests notice
- `projects/`: a project's tests and toolchains: detection, running, results
- `linters/`: ruff, bandit and structural checks on changed files
- `model_tools/`: the tools that a model calls: read, search, edit, run, git

It does not know which agent asks or by which framework, and must not import `agents`, `training` or
`server`. A room may import only rooms listed before it.
"""
