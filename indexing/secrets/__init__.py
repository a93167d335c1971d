"""Secret redaction: finds secrets in a text and replaces them before it is stored, shown or sent.

- `entropy`: values so random that they need no telling name
- `paths`: files and folders that are never read: keys, `.env`, `.git`
- `redact`: `redact` and `findings`: apply all rules; `REDACTION_VERSION`
- `rules/`: one module per kind of secret: add a detector here
- `span`: where a secret stands; fast lookup of clue words
- `values`: whether a value looks like a secret or like a placeholder

It does not know files, languages or the index. It must not import any other room of `indexing`.
"""
