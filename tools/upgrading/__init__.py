"""Upgrades a dependency in the manifests that name it, by rules and without a model or a network.

- `upgrade`: edits all of them, or refuses and says what stands in the way
- `request`: what is asked for, what a manifest says, and what it came to
- `versions`: requirements in the ways that ecosystems write them, and versions that meet them
- `places`: the manifests of a draft, and where they name a dependency
- `setup_code`: a setup.py that asks for it
- `manifests/`: finds a dependency in each kind of manifest
- `locks`: lock files that are out of date then, and the commands that a person runs
- `node_installed`: the version that lies in `node_modules`

It fetches nothing, and knows no tasks, models or tests. Manifests are foreign text.
"""
