"""Attacks by a project that is only tested: its tests, its settings, what Python loads unasked."""

from tests.hostile.attack import Attack

EVIL = """
import os, socket
from pathlib import Path
Path("ran").touch()
def quietly(deed):
    try:
        print(deed())
    except OSError:
        pass
quietly(lambda: Path({secret!r}).read_text())
quietly(lambda: Path({secret!r}).write_text("changed"))
quietly(lambda: Path({marker!r}).touch())
quietly(lambda: socket.create_connection(("127.0.0.1", {tcp}), 1))
quietly(lambda: dict(os.environ))
"""
PLANT = f"""
import subprocess
EVIL = {EVIL!r}
def plant(name):
    place = Path(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(EVIL.format(**SCENE))
def run(*arguments, **variables):
    path = ":".join(filter(None, [SCENE["packages"], variables.pop("PYTHONPATH", "")]))
    variables = os.environ | variables | {{"PYTHONPATH": path}}
    subprocess.run([sys.executable, *arguments], env=variables)
    # Without this file the planted code did not run, and the attack proves nothing.
    Path("ran").unlink()
"""

RUNNING = (
    Attack(
        "attack while tests are collected",
        PLANT + "plant('conftest.py')\nplant('test_b.py')\nrun('-m', 'pytest', '-q')",
    ),
    Attack(
        "attack by the settings of the tests",
        PLANT
        + """
plant("evil_plugin.py")
Path("pytest.ini").write_text("[pytest]\\naddopts = -p evil_plugin\\npythonpath = .\\n")
run("-m", "pytest", "-q", PYTHONPATH=".")
""",
    ),
    Attack(
        "attack when Python starts",
        PLANT
        + """
plant("sitecustomize.py")
run("-c", "pass", PYTHONPATH=".")
plant("json/__init__.py")
run("-c", "import json", PYTHONPATH=".")
""",
    ),
    Attack(
        "attack by a module of a well-known name",
        PLANT + "plant('unittest.py')\nrun('-m', 'unittest')",
    ),
)
