"""Attacks that hold memory where no process has it mapped: in buffers, under way, in the kernel.

Each counts itself what it holds, and tells where that is twice what it may for half a second.
"""

from dataclasses import replace

from tests.hostile.attack import LIMITS, Attack

MIB = 1 << 20
MEMORY = replace(LIMITS, memory_bytes=128 * MIB, scratch_bytes=16 * MIB)
HOLDING = """
import socket, time
SHARE, PROCESSES, MOST = 76 << 20, 6, 256 << 20
def hold(fill):
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            kept, held = [], 0
            with suppress(OSError):
                while held < SHARE:
                    held += fill(kept)
            # In one step, so that nobody reads half a number.
            Path("holds%d.new" % number).write_text(str(held))
            os.rename("holds%d.new" % number, "holds%d" % number)
            time.sleep(30)
            os._exit(0)
        children.append(child)
    places = [Path("holds%d" % number) for number in range(PROCESSES)]
    until = time.monotonic() + 25
    while time.monotonic() < until and not all(place.exists() for place in places):
        time.sleep(0.01)
    time.sleep(0.5)
    held = sum(int(place.read_text()) for place in places if place.exists())
    if held > MOST:
        reached("holds", held >> 20, "MiB that no process has mapped")
    for child in children:
        os.kill(child, 9)
def enlarge(one):
    # By force, which root may, and as anybody may.
    for option in (32, 33, 7, 8):
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
    one.setblocking(False)
def feed(one, size):
    held = 0
    with suppress(OSError):
        while held < 4 << 20:
            held += one.send(bytes(size))
    return held
"""


def _pairs(kind: str, size: int) -> str:
    return f"""
def fill(kept):
    pair = socket.socketpair(socket.AF_UNIX, socket.{kind})
    kept += pair
    for one in pair:
        enlarge(one)
    return sum(feed(one, {size}) for one in pair)
hold(fill)
"""


UNSEEN = (
    Attack(
        "hide memory in buffers of sockets",
        HOLDING + _pairs("SOCK_STREAM", 65536),
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide memory in datagrams",
        HOLDING + _pairs("SOCK_DGRAM", 180000),
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide memory in connections to itself",
        HOLDING
        + """
def fill(kept):
    server = socket.create_server(("127.0.0.1", 0))
    enlarge(server)
    client = socket.socket()
    enlarge(client)
    with suppress(BlockingIOError):
        client.connect(server.getsockname())
    time.sleep(0.001)
    server.setblocking(True)
    other = server.accept()[0]
    enlarge(other)
    kept += client, other
    server.close()
    return sum(feed(one, 65536) for one in (client, other))
hold(fill)
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide memory in UDP that nobody receives",
        HOLDING
        + """
def fill(kept):
    receiver = socket.socket(type=socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    enlarge(receiver)
    kept.append(receiver)
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.connect(receiver.getsockname())
        for _ in range(60):
            sender.send(bytes(60000))
    # What was dropped is not held.
    size = receiver.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return min(60 * 60000, size // 2)
hold(fill)
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "send files of memory away and keep none",
        """
import array, socket, time
pair = socket.socketpair()
for _ in range(12):
    file = os.memfd_create("away")
    for _ in range(38):
        os.write(file, bytes(1 << 20))
    carried = array.array("i", [file])
    pair[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
    os.close(file)
time.sleep(0.5)
reached("holds 456 MiB that are under way")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hold as much memory as it may and hide more",
        """
import time
held = bytearray(80 << 20)
file = os.memfd_create("hidden")
for _ in range(120):
    os.write(file, bytes(1 << 20))
time.sleep(0.5)
reached("holds 200 MiB, 80 of them mapped")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "hide memory in segments that nobody has attached",
        """
import time
LIBC.shmat.restype = ctypes.c_void_p
LIBC.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
made = []
for _ in range(12):
    segment = LIBC.shmget(0, ctypes.c_size_t(38 << 20), 0o1600)
    at = LIBC.shmat(segment, None, 0) if segment >= 0 else -1
    if segment < 0 or at in (None, ctypes.c_size_t(-1).value):
        break
    ctypes.memset(at, 1, 38 << 20)
    LIBC.shmdt(ctypes.c_void_p(at))
    made.append(segment)
time.sleep(0.5)
if len(made) == 12:
    reached("holds 456 MiB in segments")
for segment in made:
    LIBC.shmctl(segment, 0, None)
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "take memory faster than anybody looks",
        """
import mmap, threading, time
SIZE = 280 << 20
rooms = [mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(2)]
def fill(room):
    # Large pages, which come in a fraction of the time.
    room.madvise(14)
    ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(room)), 1, SIZE)
threads = [threading.Thread(target=fill, args=(room,)) for room in rooms]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(0.5)
reached("holds 560 MiB")
""",
        limits=MEMORY,
        finishes=False,
    ),
    Attack(
        "keep memory alive by one byte of it",
        """
import mmap
room = mmap.mmap(-1, 4 << 20)
at = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.c_char.from_buffer(room)), 1)
out, into = os.pipe()
called("vmsplice", into, at, ctypes.c_size_t(1), 0)
Path("file").write_bytes(bytes(8192))
file = os.open("file", os.O_RDONLY)
called("splice", file, None, into, None, ctypes.c_size_t(1), 0)
called("sendfile", into, file, None, ctypes.c_size_t(1))
other = os.pipe()
called("tee", out, other[1], ctypes.c_size_t(1), 2)
called("memfd_secret", 0)
import fcntl
with suppress(OSError):
    if fcntl.fcntl(into, 1031, 1 << 20) >= 1 << 20:
        reached("a pipe of a megabyte")
""",
    ),
)
