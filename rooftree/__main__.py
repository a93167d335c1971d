"""Start rooftree in an isolated interpreter, with its own folders first on the module path.

The folders `agents`, `tools` and their neighbours have names that other distributions use too, and
the directory a user stands in may be hostile. So nothing but builtins is imported before the path
is ours: without `-I` the launcher starts itself again with it.
"""

import sys


def application_root() -> str:
    """Return the folder that holds the flat packages: `_app` in a wheel, else the checkout."""
    package = __file__.rpartition("/")[0]
    bundled = package + "/_app"
    import posix

    try:
        posix.stat(bundled)
    except FileNotFoundError:
        return package.rpartition("/")[0]
    return bundled


def main() -> None:
    if not sys.flags.isolated:
        import posix

        command = [sys.executable, "-I", "-m", "rooftree", *sys.argv[1:]]
        posix.execv(sys.executable, command)
    sys.path.insert(0, application_root())
    from server.cli import run

    run()


if __name__ == "__main__":
    main()
