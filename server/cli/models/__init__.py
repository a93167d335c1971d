"""Commands about models and their servers.

- `endpoints`: `rooftree endpoints check` and `presets`
- `models`: `rooftree models pull`, `list` and `check`
- `probe`: `rooftree models probe`
- `size`: `rooftree models size`

They do not know how a model is called or measured. They must not import `main`.
"""
