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
    _be_quick()
    from server.cli import run

    run()


def _be_quick() -> None:
    """Spare a command what costs it a tenth of its time: looking for garbage, and for plug-ins.

    A search makes a hundred thousand objects that stay; Pydantic asks every distribution that is
    installed for plug-ins, and would run them.
    """
    import gc
    import os

    gc.set_threshold(50_000, 20, 20)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


if __name__ == "__main__":
    main()
