"""What a project's own commands need to be shown: toolchains and installed packages, read-only.

`host` tells which folders of the machine may be shown at all, `node`, `golang` and `rust` find what
those projects need, and `finding` picks by an operation's runner. Nothing of a home is shown but
programs and packages: no configuration, and no credentials.
"""
