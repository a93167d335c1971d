"""The rules that recognise secrets, one module per kind.

- `assignments`: syntax between a name and its value, for the other rules
- `blocks`: private keys: PEM, PGP and SSH blocks, and bodies without armour
- `calls`: arguments of calls that log in or make keys
- `commands`: passwords at known places of command lines and known files
- `headers`: HTTP `Authorization` credentials
- `kubernetes`: values of Kubernetes Secret manifests
- `names`: values by telling names: `password = …`, `API_KEY=…`
- `neutral`: random values under names that say nothing
- `patterns`: vendor prefixes: `ghp_`, `AKIA`, `xoxb-` and the like
- `phrases`: pass phrases and wallet seeds
- `tables`: password columns of Markdown, CSV and SQL tables
- `unquoted`: values without quotes
- `urls`: passwords and tokens in URLs

A rule yields spans of one text. It may import `span`, `values` and `entropy`, and must not import
any other room of `indexing`.
"""
