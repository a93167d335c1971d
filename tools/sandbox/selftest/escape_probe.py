"""What `selftest` runs inside a sandbox: try to escape, and report how far it got.

Run as a script with one JSON argument and the standard library only. It prints one JSON object:
probe → null where it was contained, else what it reached.
"""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x10000000
IO_URING_SETUP = 425
IO_SETUP = {"x86_64": 206, "aarch64": 0}
WATCHERS = 17
"""One more than a sandbox has; each is taken from the host's user, who may have 128."""
SECONDS = 1.0


def write_outside(target: dict[str, Any]) -> str | None:
    try:
        Path(target["secret"]).write_text("changed", "utf-8")
    except OSError:
        return None
    return f"wrote {target['secret']}"


def read_outside(target: dict[str, Any]) -> str | None:
    try:
        Path(target["secret"]).read_text("utf-8")
    except OSError:
        return None
    return f"read {target['secret']}"


def read_home(target: dict[str, Any]) -> str | None:
    found = [name for name in target["homes"] if os.path.isdir(name) and os.listdir(name)]  # noqa: PTH112, PTH208 - a script
    shown = [name for name in found if name not in target["shown"]]
    return f"sees {shown[0]}" if shown else None


def connect_to_host(target: dict[str, Any]) -> str | None:
    try:
        with socket.create_connection(("127.0.0.1", target["port"]), SECONDS):
            return "reached a server on the host's loopback"
    except OSError:
        return None


def connect_to_socket(target: dict[str, Any]) -> str | None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        try:
            client.connect("\0" + target["abstract"])
        except OSError:
            return None
    return "reached an abstract socket of the host"


def read_environments(target: dict[str, Any]) -> str | None:
    canary = target["canary"][::-1].encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if canary in place.read_bytes():
                return f"found the host's environment in {place}"
        except OSError:
            continue
    return None


def see_processes(target: dict[str, Any]) -> str | None:
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if target["canary"][::-1].encode() in place.read_bytes():
                return f"sees a process of the host in {place}"
        except OSError:
            continue
    return None


def make_namespace(_: dict[str, Any]) -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    return "made a user namespace" if libc.unshare(CLONE_NEWUSER) == 0 else None


def use_io_uring(_: dict[str, Any]) -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(256)
    return "opened an io_uring" if libc.syscall(IO_URING_SETUP, 1, room) >= 0 else None


def write_system(_: dict[str, Any]) -> str | None:
    place = Path("/usr/rooftree-probe")
    try:
        place.write_text("x", "utf-8")
        place.unlink()
    except OSError:
        return None
    return "wrote to /usr"


def write_settings(_: dict[str, Any]) -> str | None:
    """Write a setting of the kernel as it is: a program of user 0 may, without any right."""
    try:
        place = Path("/proc/sys/kernel/core_pattern")
        place.write_text(place.read_text("utf-8"), "utf-8")
    except OSError:
        return None
    return "wrote a setting of the kernel"


PROBES: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "write outside": write_outside,
    "read outside": read_outside,
    "read homes": read_home,
    "connect to the host": connect_to_host,
    "connect to a socket": connect_to_socket,
    "read environments": read_environments,
    "see processes": see_processes,
    "make a namespace": make_namespace,
    "use io_uring": use_io_uring,
    "write the system": write_system,
    "write settings": write_settings,
}


def take_watchers(_: dict[str, Any]) -> str | None:
    libc = ctypes.CDLL(None)
    held: list[int] = []
    while len(held) < WATCHERS and (watcher := libc.inotify_init1(0)) >= 0:
        held.append(watcher)
    for watcher in held:
        os.close(watcher)
    return "took inotify instances of the host's user" if len(held) == WATCHERS else None


def start_asynchronous(_: dict[str, Any]) -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    number, context = IO_SETUP.get(os.uname().machine), ctypes.c_ulong(0)
    taken = number is not None and libc.syscall(number, 1, ctypes.byref(context)) == 0
    return "took asynchronous requests of the machine" if taken else None


SHARES: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "take watchers": take_watchers,
    "start asynchronous I/O": start_asynchronous,
}
"""Of executors that run programs as the host's user; no engine of containers can bound these."""

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps({name: probe(asked) for name, probe in (PROBES | SHARES).items()}))  # noqa: T201
