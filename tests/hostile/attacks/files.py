"""Attacks on files outside the workspace: reading, writing, and what is known about them."""

from tests.hostile.attack import Attack

SYSTEM = "it would change this machine's own files"

FILES = (
    Attack(
        "write a file outside",
        """
with suppress(OSError):
    Path(SCENE["secret"]).write_text("changed")
with suppress(OSError):
    Path(SCENE["outside"], "new").write_text("made")
""",
    ),
    Attack("read a file outside", 'read(SCENE["secret"])'),
    Attack(
        "see that a file outside exists",
        """
for name in ("secret", "outside", "home"):
    if os.path.lexists(SCENE[name]):
        reached("seen", SCENE[name])
""",
    ),
    Attack(
        "read a key in the home folder",
        """
read(Path(SCENE["home"], ".ssh", "id_made_up"))
read(Path.home() / ".ssh" / "id_made_up")
""",
    ),
    Attack(
        "list the home folders",
        """
for folder in ("/root", "/home"):
    with suppress(OSError):
        shown = [name for name in os.listdir(folder) if name in SCENE["python"].split("/")]
        # The way to a toolchain is shown, and nothing beside it.
        if len(os.listdir(folder)) > len(shown):
            reached("listed", folder)
""",
        control_needs_root=True,
    ),
    Attack(
        "read the password file",
        """
with suppress(OSError):
    if Path("/etc/shadow").read_text().count(":"):
        reached("read /etc/shadow")
""",
        control_needs_root=True,
    ),
    Attack(
        "read the host's /tmp and /dev/shm",
        """
read(SCENE["shared"])
for folder in ("/tmp", "/dev/shm"):
    names = [name for name in os.listdir(folder) if "rooftree-" in name]
    # The way to a toolchain is shown, and nothing beside it.
    names = [name for name in names if name not in SCENE["packages"]]
    if names:
        reached("listed", names[0])
""",
    ),
    Attack(
        "follow a link out of the workspace",
        """
Path("link").symlink_to(SCENE["secret"])
read("link")
with suppress(OSError):
    Path("link").write_text("changed")
Path("folder").symlink_to(SCENE["outside"])
with suppress(OSError):
    Path("folder", "new").write_text("made")
""",
    ),
    Attack(
        "climb out of the workspace",
        """
up = "../" * 12
read(up + SCENE["secret"])
read("/proc/self/root" + SCENE["secret"])
read("/proc/self/cwd/../outside/secret")
with suppress(OSError):
    Path("..", "outside", "new").write_text("made")
""",
    ),
    Attack(
        "give a file outside a second name",
        """
with suppress(OSError):
    os.link(SCENE["secret"], "stolen")
    reached("linked")
""",
    ),
    Attack(
        "change the mode of a file outside",
        """
with suppress(OSError):
    os.chmod(SCENE["secret"], 0o777)
""",
    ),
    Attack(
        "change the owner of a file outside",
        """
with suppress(OSError):
    os.chown(SCENE["secret"], 1, 1)
""",
        control_needs_root=True,
    ),
    Attack(
        "change the times of a file outside",
        """
with suppress(OSError):
    os.utime(SCENE["secret"], (1, 1))
""",
    ),
    Attack(
        "give a file outside an attribute",
        """
with suppress(OSError):
    os.setxattr(SCENE["secret"], "user.rooftree", b"x")
""",
    ),
    Attack(
        "remove and rename files outside",
        """
with suppress(OSError):
    os.unlink(SCENE["secret"])
with suppress(OSError):
    os.rename(SCENE["home"], SCENE["home"] + "2")
""",
    ),
    Attack(
        "write to the system's folders",
        """
for folder in ("/", "/usr", "/usr/bin", "/etc", "/lib", "/opt", "/var", "/run"):
    place = Path(folder, "rooftree-" + SCENE["nonce"])
    with suppress(OSError):
        if SCENE["contained"]:
            place.write_text("x")
            reached("wrote", place)
        elif os.access(folder, os.W_OK):
            reached("may write", folder)
""",
        control_needs_root=True,
    ),
    Attack(
        "have a library loaded into every program",
        """
with suppress(OSError):
    # An empty list: should it ever be written, it loads nothing.
    os.close(os.open("/etc/ld.so.preload", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    reached("opened /etc/ld.so.preload")
""",
        uncontrolled=SYSTEM,
    ),
    Attack(
        "open a file by its handle",
        """
import struct
handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
mount = ctypes.c_int()
call("name_to_handle_at", -100, b".", handle, ctypes.byref(mount), 0)
folder = os.open(".", os.O_RDONLY)
called("open_by_handle_at", folder, handle, os.O_RDONLY)
# The root of most file systems has inode 2: a handle can be made up.
made = ctypes.create_string_buffer(struct.pack("IiII", 8, 1, 2, 0), 136)
called("open_by_handle_at", folder, made, os.O_RDONLY)
""",
        control_needs_root=True,
    ),
    Attack(
        "read through inherited descriptors",
        """
for name in os.listdir("/proc/self/fd"):
    with suppress(OSError):
        if int(name) > 2:
            data = os.pread(int(name), 200, 0)
            reached("read descriptor", name, data)
""",
    ),
    Attack(
        "make a device of the host's disk",
        """
import stat
devices = {"disk": (stat.S_IFBLK, os.stat(".").st_dev), "zero": (stat.S_IFCHR, os.makedev(1, 5))}
for name, (kind, number) in devices.items():
    with suppress(OSError):
        os.mknod(name, kind | 0o600, number)
        with open(name, "rb") as device:
            if len(device.read(1)) == 1:
                reached("read", name)
""",
        control_needs_root=True,
    ),
    Attack(
        "open the host's devices",
        """
names = ("mem", "kmsg", "port", "vda", "sda", "nvme0n1", "kvm", "fuse", "net/tun")
for name in (*names, "loop-control", "loop0", "uinput", "snapshot", "hpet", "tty0", "console"):
    with suppress(OSError):
        os.close(os.open("/dev/" + name, os.O_RDONLY | os.O_NONBLOCK))
        reached("opened /dev/" + name)
""",
        control_needs_root=True,
    ),
)
