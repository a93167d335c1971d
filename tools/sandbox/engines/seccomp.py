"""The filter of system calls: a classic BPF program, assembled here and handed to bubblewrap.

Everything is allowed but what widens the kernel's surface (namespaces, mounts, tracing, io_uring,
bpf, keys, modules, clocks), what takes memory that is not counted or a share of the user's (pages
kept alive by a pipe or a socket, buffers of any size, asynchronous I/O), reserving disk, sockets of
any family but unix and internet, and typing into the terminal. A program built for another
machine's calls is killed. The layout of an instruction and of the data that it reads is that of
`linux/filter.h` and `linux/seccomp.h`.
"""

import errno
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.sandbox.engines.syscalls import calls_of

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
X32_BIT = 0x40000000

NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""
TERMINAL_INPUT_CALLS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX put characters into the terminal as if they had been typed."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6; there is no network behind them."""
SOCKET_LEVEL = 1
BUFFERS = (7, 8, 32, 33, 60)
"""SO_SNDBUF, SO_RCVBUF, both by force, and SO_ZEROCOPY, which keeps a program's pages alive."""
SET_PIPE_SIZE = 1031
JUDGED_BY_ARGUMENT = frozenset({"clone", "fcntl", "ioctl", "setsockopt", "socket"})
ANSWERS: Mapping[str, int] = {
    # glibc falls back to clone, whose flags can be read; those of clone3 lie behind a pointer.
    "clone3": errno.ENOSYS,
    # Reserved blocks count as written nowhere, so a disk could be filled with them; glibc writes
    # instead, as on any file system that cannot reserve.
    "fallocate": errno.EOPNOTSUPP,
    # A pipe or a socket keeps the page alive that it was given a byte of, and of a large page all:
    # 40 pipes held 1.2 GB of a process that had given it back, 12 sockets 670 MB of files that had
    # been cut to nothing. Programs copy instead where the answer is this one.
    "sendfile": errno.EINVAL,
    "splice": errno.EINVAL,
    "tee": errno.EINVAL,
    "vmsplice": errno.ENOSYS,
    # All requests of a machine share one number (fs.aio-max-nr), and one call could take all.
    "io_setup": errno.ENOSYS,
    # What these take belongs to no process and no file.
    "landlock_create_ruleset": errno.ENOSYS,
    "memfd_secret": errno.ENOSYS,
}
"""What calls say that programs can do without; all others that are refused say EPERM."""

BpfInstruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, value."""
ALLOWED: BpfInstruction = (RETURN, 0, 0, ALLOW)


@dataclass(frozen=True, slots=True)
class SyscallArchitecture:
    """A processor: its name and its audit number."""

    machine: str
    audit: int
    has_x32: bool = False

    @property
    def calls(self) -> Mapping[str, int]:
        return calls_of(self.machine)


ARCHITECTURES: Mapping[str, SyscallArchitecture] = {
    "x86_64": SyscallArchitecture("x86_64", 0xC000003E, has_x32=True),
    "aarch64": SyscallArchitecture("aarch64", 0xC00000B7),
}


def filter_for(machine: str) -> bytes | None:
    """Return the filter for a machine as `os.uname` names it, or None for one not known."""
    known = ARCHITECTURES.get(machine)
    return None if known is None else assemble(program(known))


def assemble(instructions: list[BpfInstruction]) -> bytes:
    """Return the bytes that the kernel reads."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def program(machine: SyscallArchitecture) -> list[BpfInstruction]:
    """Return the filter's instructions; every test falls through to the next one."""
    refused = sorted(
        (number, ANSWERS.get(name, errno.EPERM))
        for name, number in machine.calls.items()
        if name not in JUDGED_BY_ARGUMENT
    )
    lines: list[BpfInstruction] = [
        (LOAD, 0, 0, MACHINE_AT),
        (EQUAL, 1, 0, machine.audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
    ]
    if machine.has_x32:
        lines += [(AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    for number, answer in refused:
        lines += [(EQUAL, 0, 1, number), _refusal(answer)]
    forbidden = _refusal(errno.EPERM)
    judges = {
        ("clone", 0): [(ANY_BIT, 0, 1, NEW_NAMESPACES), forbidden, ALLOWED],
        ("ioctl", 1): [*_where(TERMINAL_INPUT_CALLS, forbidden), ALLOWED],
        ("socket", 0): [*_where(FAMILIES, ALLOWED), _refusal(errno.EAFNOSUPPORT)],
        ("fcntl", 1): [*_where([SET_PIPE_SIZE], forbidden), ALLOWED],
        ("setsockopt", 1): _ignore_buffers(),
    }
    for (name, argument), judge in judges.items():
        lines += _when(machine.calls[name], argument, judge)
    return [*lines, ALLOWED]


def _when(number: int, argument: int, judge: list[BpfInstruction]) -> list[BpfInstruction]:
    """Judge a call by the low half of one argument; every judge ends in a verdict."""
    body = [(LOAD, 0, 0, FIRST_ARGUMENT_AT + 8 * argument), *judge]
    return [(EQUAL, 0, len(body), number), *body]


def _where(values: Iterable[int], verdict: BpfInstruction) -> list[BpfInstruction]:
    """Return a verdict for each of some values of what was loaded."""
    return [line for value in values for line in ((EQUAL, 0, 1, value), verdict)]


def _ignore_buffers() -> list[BpfInstruction]:
    """Answer that it is done, and do nothing: to the kernel these are hints as well.

    A program that asks for 8 MB gets what the machine allows, and none looks what it got.
    """
    other = [(EQUAL, 1, 0, SOCKET_LEVEL), ALLOWED]
    option = (LOAD, 0, 0, FIRST_ARGUMENT_AT + 8 * 2)
    return [*other, option, *_where(BUFFERS, _refusal(0)), ALLOWED]


def _refusal(number: int) -> BpfInstruction:
    return (RETURN, 0, 0, REFUSE | number)
