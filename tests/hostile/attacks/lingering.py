"""Attacks on time: going on after the end, and not ending."""

import time
from dataclasses import replace

from tests.hostile.attack import LIMITS, Attack
from tests.hostile.scene import Scene
from tools.sandbox.process.execution import Execution

SHORT = replace(LIMITS, seconds=2.5)
LISTENED = 1.0
"""Seconds without a sign of life that are an end: many times what is between two of them."""
LATE = 25.0
"""Far above the time limit, which a loaded machine may miss; far below what the attacks wait."""
DAEMON = """
import time
def beat():
    while True:
        with open("alive", "a") as file:
            file.write("x")
        time.sleep(0.02)
def become_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            beat()
        os._exit(0)
    while not os.path.exists("alive"):
        time.sleep(0.01)
"""


def _beats(scene: Scene, ended: Execution) -> str | None:
    """Look whether the daemon still writes; one that never did proves nothing."""
    beats = scene.workspace / "alive"
    if not beats.exists():
        return "the daemon never ran"
    before = beats.stat().st_size
    until = time.monotonic() + LISTENED
    while time.monotonic() < until:
        if beats.stat().st_size != before:
            return "the daemon still writes"
        time.sleep(0.02)
    return None


def _late(scene: Scene, ended: Execution) -> str | None:
    return f"it took {ended.seconds:.0f} s" if ended.seconds > LATE else None


LINGERING = (
    Attack("leave a daemon behind", DAEMON + "become_daemon()", effect=_beats),
    Attack(
        "leave a daemon behind at the time limit",
        DAEMON + "become_daemon()\ntime.sleep(60)",
        effect=_beats,
        limits=SHORT,
        finishes=False,
    ),
    Attack(
        "ignore the request to end",
        DAEMON
        + """
import signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
beat()
""",
        effect=lambda scene, ended: _beats(scene, ended) or _late(scene, ended),
        limits=SHORT,
        finishes=False,
    ),
    Attack(
        "stop itself and wait",
        """
import signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
        effect=_late,
        limits=SHORT,
        finishes=False,
    ),
    Attack(
        "hold the output open after the end",
        """
import time
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
    os._exit(0)
""",
        effect=_late,
    ),
    Attack(
        "fork faster than it is ended",
        """
import time
until = time.monotonic() + 30
Path("alive").touch()
# A chain: each process makes the next and goes, so that a list of them is always old.
while time.monotonic() < until:
    # Not made again: whoever removes it ends the chain, which no list of processes could.
    with open("alive", "r+") as file:
        file.seek(0, 2)
        file.write("x")
    if os.fork() != 0:
        time.sleep(0.002)
        os._exit(0)
    os.setsid()
""",
        effect=_beats,
        finishes=False,
        limits=SHORT,
    ),
    Attack(
        "wait for input",
        """
import select
if SCENE["contained"]:
    print(len(sys.stdin.read()))
    with suppress(OSError):
        open("/dev/tty")
        reached("a terminal")
""",
        effect=_late,
        uncontrolled="the tests have no terminal that could be read",
    ),
)
