"""Attacks on the kernel: calls that widen what a program can reach of it, and its settings."""

import socket
import time

from tests.hostile.attack import Attack
from tests.hostile.scene import Scene
from tools.sandbox.process.execution import Execution

MACHINE = "it would change this machine as a whole"
HOST_NAME = socket.gethostname()
DRIFT = time.time() - time.monotonic()


def _renamed(scene: Scene, ended: Execution) -> str | None:
    return None if socket.gethostname() == HOST_NAME else "the host has another name"


def _clock_moved(scene: Scene, ended: Execution) -> str | None:
    moved = abs(time.time() - time.monotonic() - DRIFT)
    return f"the clock moved by {moved:.0f} s" if moved > 600 else None


KERNEL = (
    Attack("make a user namespace", 'in_child(lambda: called("unshare", 0x10000000))'),
    Attack(
        "make a namespace while cloning",
        """
for flags in (0x10000000, 0x20000000, 0x40000000, 0x02000000, 0x04000000, 0x08000000):
    # 17 is SIGCHLD; a child comes back with 0.
    child = call("clone", 0x10000000 | flags | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    if child > 0:
        os.waitpid(child, 0)
        reached("cloned with", hex(flags))
import struct
asked = ctypes.create_string_buffer(struct.pack("8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0))
child = call("clone3", asked, 64)
if child == 0:
    os._exit(0)
if child > 0:
    os.waitpid(child, 0)
    reached("cloned with clone3")
""",
    ),
    Attack(
        "mount a file system",
        """
def mount():
    call("unshare", 0x10000000 | 0x00020000)
    call("mount", None, b"/", None, 0x4000 | 0x40000, None)
    called("mount", b"tmpfs", b"/mnt", b"tmpfs", 0, None)
    called("mount", b"proc", b"/proc", b"proc", 0, None)
    called("mount", b"/", b"/mnt", None, 0x1000, None)
    called("fsopen", b"tmpfs", 0)
    called("open_tree", -100, b"/", 1)
in_child(mount)
""",
    ),
    Attack(
        "make a read-only mount writable",
        """
def remount():
    if not SCENE["contained"]:
        call("unshare", 0x00020000)
        call("mount", None, b"/", None, 0x4000 | 0x40000, None)
    called("mount", None, b"/", None, 0x20 | 0x1000, None)
    called("umount2", b"/proc", 2)
in_child(remount)
""",
        control_needs_root=True,
    ),
    Attack(
        "change the root",
        """
def change():
    if not SCENE["contained"]:
        call("unshare", 0x00020000)
    called("chroot", b"/tmp")
    called("pivot_root", b".", b".")
in_child(change)
""",
        control_needs_root=True,
    ),
    Attack(
        "enter a namespace",
        """
def enter():
    for pid in ("1", str(SCENE["victim"]), "self"):
        for name in ("net", "mnt", "user", "uts"):
            with suppress(OSError):
                place = os.open("/proc/%s/ns/%s" % (pid, name), os.O_RDONLY)
                called("setns", place, 0)
in_child(enter)
""",
        control_needs_root=True,
    ),
    Attack(
        "use io_uring",
        """
called("io_uring_setup", 1, ctypes.create_string_buffer(256))
""",
    ),
    Attack(
        "load a program into the kernel",
        """
import struct
called("bpf", 0, ctypes.create_string_buffer(struct.pack("5I", 2, 4, 4, 1, 0), 128), 128)
""",
        control_needs_root=True,
    ),
    Attack(
        "measure with performance counters",
        """
import struct
# A clock of our own process, without the kernel's part.
asked = struct.pack("IIQQQQQ", 1, 128, 0, 0, 0, 0, 0x60)
called("perf_event_open", ctypes.create_string_buffer(asked, 128), 0, -1, -1, 0)
""",
        control_needs_root=True,
    ),
    Attack("handle page faults", 'called("userfaultfd", 1)'),
    Attack(
        "use the kernel's keys",
        """
called("add_key", b"user", b"rooftree", b"x", 1, -2)
called("keyctl", 0, -2, 1)
called("request_key", b"user", b"rooftree", None, -2)
""",
    ),
    Attack(
        "compare processes in the kernel",
        """
called("kcmp", os.getpid(), os.getpid(), 0, 1, 1)
""",
    ),
    Attack(
        "watch all files of a mount",
        'called("fanotify_init", 0, os.O_RDONLY)',
        control_needs_root=True,
    ),
    Attack("read the kernel's log", 'called("syslog", 10, None, 0)', control_needs_root=True),
    Attack(
        "load a kernel module",
        """
called("init_module", b"", 0, b"")
called("finit_module", 0, b"", 0)
called("delete_module", b"rooftree", 0)
""",
        uncontrolled=MACHINE,
    ),
    Attack(
        "restart the machine",
        """
# Only whether Ctrl-Alt-Del restarts it: no program should be asked to prove more.
called("reboot", 0xFEE1DEAD, 672274793, 0, None)
called("kexec_load", 0, 0, None, 0)
with suppress(OSError):
    Path("/proc/sysrq-trigger").write_text("h")
    reached("wrote to sysrq-trigger")
""",
        uncontrolled=MACHINE,
    ),
    Attack(
        "swap to a file",
        """
with open("swap", "wb") as file:
    file.truncate(1 << 20)
called("swapon", b"swap", 0)
called("swapoff", b"swap")
""",
        uncontrolled=MACHINE,
    ),
    Attack(
        "set the clock",
        """
import time
with suppress(OSError):
    time.clock_settime(time.CLOCK_REALTIME, time.time() + 3600)
    reached("set the clock")
""",
        effect=_clock_moved,
        uncontrolled=MACHINE,
    ),
    Attack(
        "rename the host",
        """
import socket
with suppress(OSError):
    # As a control it gets the name that it has.
    socket.sethostname("stolen" if SCENE["contained"] else socket.gethostname())
    reached("renamed the host")
""",
        effect=_renamed,
        control_needs_root=True,
    ),
    Attack(
        "change settings of the kernel",
        """
# What is written is what was there: as a control it changes nothing.
names = ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "vm/drop_caches",
         "kernel/modprobe", "net/ipv4/ip_forward", "kernel/shmmax", "user/max_user_namespaces")
for name in names:
    with suppress(OSError):
        place = Path("/proc/sys", name)
        before = place.read_text()
        place.write_text(before)
        reached("wrote", name)
for name in ("/proc/sys/fs/binfmt_misc/register", "/sys/kernel/uevent_helper"):
    with suppress(OSError):
        os.close(os.open(name, os.O_WRONLY))
        reached("opened", name)
""",
        control_needs_root=True,
    ),
    Attack(
        "use the hardware through /sys and /proc",
        """
if os.path.isdir("/sys/class"):
    reached("sees /sys")
for name in ("kcore", "kmsg", "kpageflags", "mtrr", "bus/pci", "scsi/scsi", "acpi"):
    with suppress(OSError):
        os.close(os.open("/proc/" + name, os.O_RDWR | os.O_NONBLOCK))
        reached("opened /proc/" + name)
""",
    ),
    Attack(
        "make calls of another machine",
        """
import mmap
# getpid by i386's int 0x80, and by x32's number.
codes = [bytes.fromhex("b814000000cd80c3"), bytes.fromhex("b8270000400f05c3")]
for code in codes if SCENE["machine"] == "x86_64" else []:
    reading, writing = os.pipe()
    def run():
        room = mmap.mmap(-1, 4096, prot=7)
        room.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(room))
        answer = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
        os.write(writing, str(answer).encode())
    in_child(run)
    os.close(writing)
    answer = os.read(reading, 20)
    if answer and int(answer) > 0:
        reached("was given a process number", answer)
""",
    ),
)
