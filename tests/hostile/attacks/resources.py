"""Attacks that take more than they may: processes, memory, disk, output. All are small ones."""

from dataclasses import replace

from tests.hostile.attack import LIMITS, Attack
from tests.hostile.scene import Scene
from tools.sandbox.process.execution import Execution

MIB = 1 << 20
MEMORY = replace(LIMITS, memory_bytes=96 * MIB, scratch_bytes=16 * MIB)
DISK = replace(LIMITS, written_bytes=24 * MIB, file_bytes=8 * MIB)
TOLERATED = 100 * MIB
"""What a fast disk takes between two looks at a program, on top of what it may write."""


def _filled(scene: Scene, ended: Execution) -> str | None:
    places = [place for place in scene.workspace.rglob("*") if not place.is_symlink()]
    taken = sum(place.stat().st_blocks * 512 for place in places)
    return f"took {taken // MIB} MiB of disk" if taken > TOLERATED else None


def _flooded(scene: Scene, ended: Execution) -> str | None:
    kept = len(ended.output.encode())
    if (scene.workspace / "finished").exists():
        return "printed all of it"
    return f"had {kept} bytes kept" if kept > 2 * LIMITS.output_bytes else None


RESOURCES = (
    Attack(
        "start more processes than it may",
        """
import time
children = []
with suppress(OSError):
    for _ in range(100):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        children.append(child)
time.sleep(0.5)
if len(children) > 60:
    reached("started", len(children))
for child in children:
    os.kill(child, 9)
""",
        limits=replace(LIMITS, processes=20),
        finishes=False,
    ),
    Attack(
        "hold more memory than it may",
        """
import time
held = bytearray()
with suppress(MemoryError):
    for _ in range(30):
        held += bytes(10 << 20)
    time.sleep(0.5)
    reached("holds", len(held))
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hold more memory than it may in eight processes",
        """
import time
for number in range(8):
    if os.fork() == 0:
        held = bytearray(30 << 20)
        Path("holding%d" % number).touch()
        time.sleep(1.5)
        Path("held%d" % number).touch()
        os._exit(0)
for _ in range(8):
    os.wait()
if len(list(Path().glob("held*"))) == 8:
    reached("240 MiB in eight processes")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide memory in files of memory",
        """
import time
files = [os.memfd_create("hidden") for _ in range(12)]
for file in files:
    for _ in range(40):
        os.write(file, bytes(1 << 20))
time.sleep(0.5)
reached("holds 480 MiB that no process maps")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide shared memory that is not mapped",
        """
import mmap, time
room = mmap.mmap(-1, 480 << 20)
for at in range(0, 480 << 20, 40 << 20):
    room[at : at + (40 << 20)] = bytes(40 << 20)
    room.madvise(mmap.MADV_DONTNEED)
time.sleep(0.5)
reached("holds 480 MiB that no process has mapped")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "fill /tmp, /dev/shm and /dev",
        """
for folder in ("/tmp", "/dev/shm", "/dev"):
    place = Path(folder, "rooftree-fill-" + SCENE["nonce"])
    written = 0
    try:
        for number in range(24):
            with open("%s-%d" % (place, number), "wb") as file:
                for _ in range(4):
                    written += file.write(bytes(1 << 20))
    except OSError:
        pass
    finally:
        for left in Path(folder).glob(place.name + "*"):
            left.unlink()
    if written > 72 << 20:
        reached("wrote", written, "to", folder)
""",
        limits=replace(LIMITS, scratch_bytes=16 * MIB),
    ),
    Attack(
        "fill the disk with many files",
        """
for number in range(40):
    with open("fill%d" % number, "wb") as file:
        for _ in range(4):
            file.write(bytes(1 << 20))
            file.flush()
            os.fdatasync(file.fileno())
""",
        effect=_filled,
        limits=DISK,
        finishes=False,
    ),
    Attack(
        "fill the disk by children that nobody waits for",
        """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for number in range(40):
    child = os.fork()
    if child == 0:
        with open("child%d" % number, "wb") as file:
            for _ in range(4):
                file.write(bytes(1 << 20))
                file.flush()
                os.fdatasync(file.fileno())
        os._exit(0)
    with suppress(OSError):
        os.waitpid(child, 0)
""",
        effect=_filled,
        limits=DISK,
        finishes=False,
    ),
    Attack(
        "write a file that is too large",
        """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with suppress(OSError), open("large", "wb") as file:
    for _ in range(24):
        file.write(bytes(1 << 20))
    file.flush()
if os.stat("large").st_size > 16 << 20:
    reached("wrote", os.stat("large").st_size)
with suppress(OSError), open("sparse", "wb") as file:
    file.truncate(1 << 40)
    reached("made a file of a terabyte")
""",
        limits=replace(DISK, written_bytes=1 << 30),
    ),
    Attack(
        "reserve the disk without writing",
        """
for number in range(40):
    with suppress(OSError), open("reserved%d" % number, "wb") as file:
        # The call itself: the library's function writes where there is no such call.
        call("fallocate", file.fileno(), 0, ctypes.c_long(0), ctypes.c_long(8 << 20))
""",
        effect=_filled,
        limits=DISK,
    ),
    Attack(
        "print without end",
        """
line = b"x" * 65536
for _ in range(1600):
    os.write(1, line)
Path("finished").touch()
""",
        effect=_flooded,
        finishes=False,
    ),
    Attack(
        "open more files than it may",
        """
import resource
files = []
with suppress(OSError):
    for _ in range(900):
        files.append(os.open("/dev/null", os.O_RDONLY))
with suppress(ValueError, OSError):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    reached("raised the limit")
if len(files) > 600:
    reached("opened", len(files))
""",
        limits=replace(LIMITS, open_files=64),
    ),
    Attack(
        "leave a core dump",
        """
import resource
with suppress(ValueError, OSError):
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reached("may dump core")
in_child(lambda: os.kill(os.getpid(), 11))
if any("core" in name for name in os.listdir(".")):
    reached("dumped core")
""",
    ),
    Attack(
        "reserve more addresses than it may",
        """
import mmap
with suppress(OSError, MemoryError):
    room = mmap.mmap(-1, 4 << 30)
    reached("mapped 4 GiB")
""",
        limits=replace(LIMITS, address_bytes=1 << 30),
    ),
)
