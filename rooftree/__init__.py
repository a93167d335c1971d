"""What every other package shares: launcher, errors, configuration, paths, safe file access.

- `__main__`: launcher: restarts Python isolated (`-I`) and sets `sys.path`
- `config`: the typed settings (pydantic sections) and which source set each value
- `config_layers`: reads settings from files, `ROOFTREE_*` variables and flags
- `confined_files`: opens files below a root without following symlinks (`openat`, `O_NOFOLLOW`)
- `data_files`: dataclasses that refuse unknown keys; the first problem of a file
- `errors`: the exception tree with exit codes
- `git/`: hardened git subprocess calls and parsing of git's output
- `offline`: environment variables that stop libraries from using the network
- `paths`: the layout of the state folder; creates private folders (mode 0700)
- `executables`: finds executables on PATH, never inside the repository
- `sparse_files`: writes files with holes for zero blocks
- `state_files`: atomic writes, locks between processes (`flock`)
- `telemetry/`: event schema, log file, OpenTelemetry spans
- `text/`: invisible characters, look-alike names, safe Markdown, "did you mean" suggestions

It does not know models, repositories' indexes, agents or HTTP and imports no other top-level
package; only `__main__` starts `server.cli`. Importing it has no side effects.
"""

__version__ = "0.1.0"
