"""The checks behind `rooftree doctor`: each looks at one thing and returns a finding.

- `finding`: `DoctorFinding`: ok, warning, failed or skipped, with what to do
- `machine`: Python, cores, memory, disk, git, sandbox
- `models`: weights, endpoints, the embedder, measured profiles
- `repository`: how fresh the index is; what runs the tests
- `exposure`: keys that may do everything; hosts that are connected to
- `examine`: all checks in turn

They print nothing and must not import a command.
"""
