"""Attacks on what the kernel counts for the user of the host, who would have none of it left."""

from tests.hostile.attack import Attack

SHARES = (
    Attack(
        "take the user's watchers of files",
        """
held = []
# Not all of them, which the control would take from this machine.
while len(held) < 40 and (watcher := LIBC.inotify_init1(0)) >= 0:
    held.append(watcher)
if len(held) > 32:
    reached("has", len(held), "inotify instances")
""",
    ),
    Attack(
        "take the machine's asynchronous requests",
        """
context = ctypes.c_ulong(0)
called("io_setup", 1000, ctypes.byref(context))
""",
    ),
    Attack(
        "take the user's waiting signals",
        """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
sent = 0
while sent < 8000 and LIBC.sigqueue(os.getpid(), 40, None) == 0:
    sent += 1
if sent > 6000:
    reached("has", sent, "signals wait")
""",
    ),
    Attack(
        "take the user's queues of messages",
        """
class Size(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("flags", "messages", "bytes", "now")]
    _fields_ += [("reserved", ctypes.c_long * 4)]
made = []
while len(made) < 8:
    name = ("/%s-%d" % (SCENE["nonce"], len(made))).encode()
    queue = LIBC.mq_open(name, os.O_RDWR | os.O_CREAT, 0o600, ctypes.byref(Size(0, 10, 8192)))
    if queue < 0:
        break
    made.append(name)
if len(made) > 4:
    reached("has", len(made), "queues of 80 KiB")
for name in made:
    LIBC.mq_unlink(name)
""",
    ),
)
