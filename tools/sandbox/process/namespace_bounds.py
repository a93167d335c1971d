"""Bounds of a sandbox's own namespaces, set from outside before its command starts.

The kernel counts inotify instances and watches for the user of the host, whose editor would find
none left; buffers of TCP grow to 36 MB a socket by themselves; segments, queues and semaphores of
System V belong to no process. A namespace can bound all of them, and only its owner can set that,
so this file is also a program, run for every command: it enters the namespaces of the process that
bubblewrap tells of, writes the bounds and lets the command start. It imports next to nothing:
`json` and `pathlib` would take 50 ms of the processor more at every command.
"""

# ruff: noqa: PTH123
import ctypes
import fcntl
import os
import sys

SETTINGS = "/proc/sys"
CHILD = b'"child-pid":'
GET_USER_NAMESPACE = 0xB701
NEW_USER, NEW_NETWORK, NEW_IPC = 0x10000000, 0x40000000, 0x08000000
SHARE = 8
"""Which part of what the user may have one command may take."""
INSTANCES, WATCHES = 16, 16384
SHARED_SEGMENTS = 32 << 20
"""Bytes of System V's shared memory."""
MAX_BUFFER_BYTES = 212992
ENDED, REFUSED, PARTLY = 3, 4, 5
"""Exit codes: no process to enter; a bound that has to be was not set; one of System V was not."""
FALLBACKS = {"instances": 128, "watches": 8192}


def bounds() -> dict[str, str]:
    """Return the settings of a sandbox's namespaces, by their names below /proc/sys."""
    return {
        "user/max_inotify_instances": str(_share("instances", INSTANCES)),
        "user/max_inotify_watches": str(_share("watches", WATCHES)),
        "net/ipv4/tcp_wmem": f"4096 16384 {MAX_BUFFER_BYTES}",
        "net/ipv4/tcp_rmem": f"4096 131072 {MAX_BUFFER_BYTES}",
        "kernel/shmall": str(SHARED_SEGMENTS // os.sysconf("SC_PAGE_SIZE")),
        "kernel/shmmni": "128",
        "kernel/msgmni": "64",
        "kernel/sem": "250 8000 32 64",
    }


def _share(what: str, most: int) -> int:
    """Return what a sandbox may have of what its user may have."""
    try:
        with open(f"{SETTINGS}/fs/inotify/max_user_{what}", encoding="ascii") as file:
            held = int(file.read())
    except (OSError, ValueError):
        held = FALLBACKS[what]
    return max(1, min(most, held // SHARE))


def _enter(pid: int) -> None:
    """Enter the namespaces of a process: those of its network, and the user's that they are of."""
    libc = ctypes.CDLL(None, use_errno=True)
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    ipc = os.open(f"/proc/{pid}/ns/ipc", os.O_RDONLY)
    user = fcntl.ioctl(network, GET_USER_NAMESPACE)
    for space, kind in ((user, NEW_USER), (network, NEW_NETWORK), (ipc, NEW_IPC)):
        if libc.setns(space, kind) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "setns")


def _write(settings: dict[str, str]) -> int:
    """Set the bounds and return the exit code; kernels before 5.19 leave System V to root."""
    code = 0
    for name, value in settings.items():
        try:
            with open(f"{SETTINGS}/{name}", "w", encoding="ascii") as file:
                file.write(value)
        except FileNotFoundError:
            continue
        except OSError:
            if not name.startswith("kernel/"):
                raise
            code = PARTLY
    return code


def main(told: int, start: int) -> int:
    """Bound the process that is told of by one descriptor, and let it start by another."""
    text = b""
    while not text.rstrip().endswith(b"}"):
        part = os.read(told, 4096)
        if not part:
            return ENDED
        text += part
    settings = bounds()
    try:
        _enter(int(text.partition(CHILD)[2].split(b",")[0].split(b"}")[0]))
        code = _write(settings)
    except FileNotFoundError:
        return ENDED
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a program of its own
        return REFUSED
    os.write(start, b"x")
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
