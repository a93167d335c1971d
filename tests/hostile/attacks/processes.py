"""Attacks on other processes: their environments, their memory, their lives, our terminal."""

from tests.hostile.attack import Attack

PROCESSES = (
    Attack(
        "read secrets in its own environment",
        """
print(dict(os.environ))
print(Path("/proc/self/environ").read_bytes())
""",
    ),
    Attack(
        "read the environment of every process",
        """
for place in Path("/proc").glob("[0-9]*/environ"):
    with suppress(OSError):
        print(place.read_bytes())
""",
    ),
    Attack(
        "read what the sandbox was started with",
        """
for name in ("environ", "cmdline", "cwd", "root", "fd"):
    with suppress(OSError):
        print(os.readlink("/proc/1/" + name) if name in ("cwd", "root") else name)
with suppress(OSError):
    if Path("/proc/1/environ").read_bytes():
        reached("the first process has an environment")
""",
        uncontrolled="the first process of this machine is not one that we started",
    ),
    Attack(
        "see the processes of the host",
        """
for place in Path("/proc").glob("[0-9]*/cmdline"):
    with suppress(OSError):
        if place.read_bytes().endswith(SCENE["victim_argument"].encode() + b"\\0"):
            reached("sees", place)
""",
    ),
    Attack(
        "look into the folders of other processes",
        """
victim = "/proc/%d" % SCENE["victim"]
read(victim + "/cwd/secret")
for place in Path("/proc").glob("[0-9]*"):
    read(place / "cwd" / "secret")
    read(str(place / "root") + SCENE["secret"])
""",
    ),
    Attack(
        "end a process of the host",
        """
import signal
with suppress(OSError):
    os.kill(SCENE["victim"], signal.SIGKILL)
if SCENE["contained"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for target in (1, -1):
        with suppress(OSError):
            os.kill(target, signal.SIGTERM)
import time
time.sleep(0.2)
""",
    ),
    Attack(
        "trace a process of the host",
        """
with suppress(OSError):
    if call("ptrace", 16, SCENE["victim"], 0, 0) == 0:
        os.waitpid(SCENE["victim"], 0x40000000)
        call("ptrace", 17, SCENE["victim"], 0, 0)
        reached("attached")
# Not even its own children, which may run a program with more rights.
import time
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
if call("ptrace", 16, child, 0, 0) == 0:
    reached("attached to a child")
os.kill(child, 9)
os.waitpid(child, 0)
""",
    ),
    Attack(
        "read the memory of a process of the host",
        """
with suppress(OSError):
    for line in Path("/proc/%d/maps" % SCENE["victim"]).read_text().splitlines():
        if line.endswith("[stack]"):
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
    with open("/proc/%d/mem" % SCENE["victim"], "rb") as memory:
        memory.seek(start)
        data = memory.read(end - start)
    place = data.find(b"SECRET=")
    print(data[place : place + 200])
""",
    ),
    Attack(
        "take a descriptor of a process of the host",
        """
process = call("pidfd_open", SCENE["victim"], 0)
if process >= 0:
    called("pidfd_getfd", process, 0, 0)
""",
    ),
    Attack(
        "type into the terminal",
        """
import fcntl, termios
for device in ("/dev/tty", "/dev/console"):
    with suppress(OSError):
        fcntl.ioctl(os.open(device, os.O_RDWR), termios.TIOCSTI, b"x")
        reached("typed into", device)
host, terminal = os.openpty()
os.setsid() if os.getpid() != os.getsid(0) else None
with suppress(OSError):
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
with suppress(OSError):
    fcntl.ioctl(terminal, termios.TIOCSTI, b"x")
    reached("typed")
""",
        control_needs_root=True,
    ),
    Attack(
        "run a set-user program of the system",
        """
import subprocess
for program in ("/usr/bin/su", "/usr/bin/mount", "/usr/bin/passwd", "/usr/bin/sudo"):
    if not os.path.exists(program):
        continue
    # What a set-user bit would give shows in the new process.
    status = Path("/proc/self/status").read_text()
    if "NoNewPrivs:\\t1" not in status:
        reached("a set-user program may gain rights")
if os.geteuid() == 0 and SCENE["contained"]:
    reached("is root")
capabilities = [line for line in Path("/proc/self/status").read_text().splitlines()
                if line.startswith(("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"))]
if SCENE["contained"] and any(int(line.split()[1], 16) for line in capabilities):
    reached(capabilities)
""",
    ),
)
