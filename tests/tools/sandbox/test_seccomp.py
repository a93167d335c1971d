"""The filter, run by an interpreter of its instructions: both machines, every kind of call."""

import errno
import struct

import pytest

from tools.sandbox.engines.seccomp import (
    ALLOW,
    ANSWERS,
    ARCHITECTURES,
    JUDGED_BY_ARGUMENT,
    KILL,
    REFUSE,
    SyscallArchitecture,
    filter_for,
)

CASES = sorted(ARCHITECTURES.items())
FREE = {"x86_64": {"read": 0, "execve": 59, "openat": 257}, "aarch64": {"read": 63, "execve": 221}}
DONE = REFUSE | 0
"""The call is not made, and its caller hears of no error."""


def verdict(program: bytes, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Run a filter as the kernel would: one accumulator, jumps forward only."""
    data = struct.pack("=IIQ6Q", number, audit, 0, *(*arguments, *([0] * (6 - len(arguments)))))
    lines = list(struct.iter_unpack("=HBBI", program))
    held, at = 0, 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            held = struct.unpack_from("=I", data, value)[0]
            continue
        taken = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
        at += if_true if taken else if_false


@pytest.mark.parametrize(("name", "machine"), CASES)
def test_every_dangerous_call_is_refused(name: str, machine: SyscallArchitecture) -> None:
    program = filter_for(name)
    assert program is not None
    for call, number in machine.calls.items():
        if call in JUDGED_BY_ARGUMENT:
            continue
        answer = ANSWERS.get(call, errno.EPERM)
        assert verdict(program, machine.audit, number) == REFUSE | answer, call
    assert ANSWERS.keys() <= machine.calls.keys()


@pytest.mark.parametrize(("name", "machine"), CASES)
def test_all_else_is_allowed(name: str, machine: SyscallArchitecture) -> None:
    program = filter_for(name)
    assert program is not None
    refused = set(machine.calls.values())
    for number in range(460):
        if number not in refused:
            assert verdict(program, machine.audit, number) == ALLOW, number
    for call, number in FREE[name].items():
        assert verdict(program, machine.audit, number) == ALLOW, call


@pytest.mark.parametrize(("name", "machine"), CASES)
def test_arguments_decide_where_a_call_is_needed(name: str, machine: SyscallArchitecture) -> None:
    program = filter_for(name)
    assert program is not None

    def judged(call: str, *arguments: int) -> int:
        return verdict(program, machine.audit, machine.calls[call], arguments)

    assert judged("clone", 0x00010F00) == ALLOW  # a thread
    for namespace in (0x10000000, 0x20000000, 0x40000000, 0x00020000, 0x80):
        assert judged("clone", namespace | 17) == REFUSE | errno.EPERM
    assert judged("ioctl", 1, 0x5413) == ALLOW  # the size of the window
    assert judged("ioctl", 0, 0x5412) == REFUSE | errno.EPERM
    assert judged("ioctl", 0, 0x541C) == REFUSE | errno.EPERM
    # The kernel looks at the low half only.
    assert judged("ioctl", 0, 0xFFFFFFFF00005412) == REFUSE | errno.EPERM
    assert [judged("socket", family) for family in (1, 2, 10)] == [ALLOW] * 3
    for family in (0, 15, 16, 17, 29, 38, 40, 44):
        assert judged("socket", family) == REFUSE | errno.EAFNOSUPPORT


@pytest.mark.parametrize(("name", "machine"), CASES)
def test_buffers_stay_as_they_are(name: str, machine: SyscallArchitecture) -> None:
    """A hundred socket pairs with buffers of 8 MB held 1.4 GB that belonged to no process."""
    program = filter_for(name)
    assert program is not None

    def judged(call: str, *arguments: int) -> int:
        return verdict(program, machine.audit, machine.calls[call], arguments)

    for option in (7, 8, 32, 33, 60):  # SO_SNDBUF, SO_RCVBUF, both by force, SO_ZEROCOPY
        assert judged("setsockopt", 3, 1, option) == DONE, option
        assert judged("setsockopt", 3, 6, option) == ALLOW, option  # the same number for TCP
    assert judged("setsockopt", 3, 1 | 1 << 32, 7) == DONE  # the kernel looks at the low half only
    for option in (2, 9, 15, 20):  # SO_REUSEADDR, SO_KEEPALIVE, SO_REUSEPORT, SO_RCVTIMEO
        assert judged("setsockopt", 3, 1, option) == ALLOW, option
    assert judged("fcntl", 3, 1031, 1 << 20) == REFUSE | errno.EPERM  # F_SETPIPE_SZ
    assert [judged("fcntl", 3, asked) for asked in (1, 2, 4, 1030, 1032)] == [ALLOW] * 5


def test_programs_of_another_machine_are_killed() -> None:
    program = filter_for("x86_64")
    assert program is not None
    assert verdict(program, 0x40000003, 1) == KILL  # i386
    assert verdict(program, 0xC000003E, 0x40000001) == KILL  # x32


def test_a_machine_that_is_not_known_has_no_filter() -> None:
    assert filter_for("riscv64") is None


def test_no_jump_is_longer_than_a_byte() -> None:
    for name, machine in CASES:
        program = filter_for(name)
        assert program is not None
        assert len(program) // 8 < 4096, name
        assert machine.calls
