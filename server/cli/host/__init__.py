"""Commands that run and maintain an installation.

- `config`: `rooftree config show`
- `doctor`: `rooftree doctor`
- `checks/`: the checks behind `doctor`: machine, weights, endpoints, index, keys
- `evaluate`: `rooftree eval retrieval` and `rooftree tune`
- `gc`: `rooftree gc`
- `index`: `rooftree index` and `rooftree status`
- `keys`: `rooftree keys create`, `list` and `revoke`
- `serve`: `rooftree serve`
- `index_watch`: `rooftree index --watch`

They do not know how an index is built. They must not import `main`.
"""
