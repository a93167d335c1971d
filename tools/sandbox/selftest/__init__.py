"""Proves a sandbox engine before it is used.

- `escape_probe`: runs inside the sandbox and tries to get out; standard library only
- `selftest`: runs the probes in an executor and judges the result

It does not know how an engine is chosen: it must not import `executor_choice`. It may import
`process`.
"""
