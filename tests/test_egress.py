"""Nothing leaves the machine: the whole flow, traced by the kernel, in a network of its own.

`rooftree ask` indexes a repository, embeds it with MiniLM, starts the embedded model and answers,
in a network namespace that has only loopback and under strace. Every address that any of its
processes connects or sends to is looked at.
"""

import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agents.scenes import FOUND, SHOP
from tests.server.commands import PROGRAM, ROOT, Commands
from tests.support import git_repository

TRACED = "connect,sendto,sendmsg,sendmmsg"
OUTSIDE = ("192.0.2.1", "2001:db8::1")
"""Addresses that are set aside for documentation: there is nobody."""
SECONDS = 150

_CALL = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg)\(")
_FAMILY = re.compile(r"sa_family=(AF_INET6?)\b")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')

BRING_LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
IFF_UP_RUNNING, SIOCSIFFLAGS = 0x41, 0x8914
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
os.execvp(sys.argv[1], sys.argv[1:])
"""

ATTEMPTS = f"""
import socket
for family, address in ((socket.AF_INET, {OUTSIDE[0]!r}), (socket.AF_INET6, {OUTSIDE[1]!r})):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as attempt:
            try:
                attempt.connect((address, 53))
            except OSError:
                pass
    with socket.socket(family, socket.SOCK_DGRAM) as attempt:
        try:
            attempt.sendto(b"hello", (address, 53))
        except OSError:
            pass
        try:
            attempt.sendmsg([b"hello"], [], 0, (address, 53))
        except OSError:
            pass
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
"""


@dataclass(frozen=True)
class Trace:
    """What the kernel was asked: destinations by address, and how many calls there were."""

    outside: list[str]
    loopback: int


def read_trace(text: str) -> Trace:
    """Sort the internet destinations; a line that names none that we understand is outside."""
    outside, loopback = [], 0
    for line in text.splitlines():
        if not _CALL.search(line) and "resumed>" not in line:
            continue
        families = _FAMILY.findall(line)
        addresses = [first or second for first, second in _ADDRESS.findall(line)]
        if len(families) != len(addresses):
            outside.append(line)
        for address in addresses:
            if ipaddress.ip_address(address).is_loopback:
                loopback += 1
            else:
                outside.append(line)
    return Trace(outside, loopback)


def isolated(trace: Path, *command: str) -> list[str]:
    """Return a command in a network namespace of its own, under strace."""
    user = ["--map-root-user", "--user"] if os.geteuid() else []
    return [
        "unshare",
        *user,
        "--net",
        sys.executable,
        "-I",
        "-c",
        BRING_LOOPBACK_UP,
        *("strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", "-e", f"trace={TRACED}"),
        *("-e", "signal=none", "-o", str(trace)),
        *command,
    ]


@pytest.fixture
def needs_the_kernel(tmp_path: Path) -> None:
    """Skip where this machine lets nobody trace or unshare."""
    for tool in ("strace", "unshare"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    probe = subprocess.run(
        isolated(tmp_path / "probe", "true"), capture_output=True, check=False, timeout=SECONDS
    )
    if probe.returncode != 0:
        pytest.skip(f"no network namespace or no tracing here: {probe.stderr.decode()[-300:]}")


V4 = '7 connect(3, {{sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("{}")}}, 16) = 0'
V6 = '7 connect(3, {{sa_family=AF_INET6, inet_pton(AF_INET6, "{}", &sin6_addr)}}, 28 <unfinished'
MANY = (
    '7 sendmmsg(3, [{{msg_hdr={{msg_name={{sa_family=AF_INET, sin_addr=inet_addr("{}")}}}}}}], 1, 0'
)


@pytest.mark.parametrize(
    ("line", "outside", "loopback"),
    [
        (V4.format("192.0.2.1"), 1, 0),
        (V4.format("127.0.0.1"), 0, 1),
        (V6.format("2001:db8::1"), 1, 0),
        (V6.format("::1"), 0, 1),
        (MANY.format("8.8.8.8"), 1, 0),
        ('7 <... connect resumed> {sa_family=AF_INET, sin_addr=inet_addr("8.8.8.8")}) = 0', 1, 0),
        ("7 connect(3, {sa_family=AF_INET, sa_data=???}, 16) = 0", 1, 0),
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0', 0, 0),
        ("7 sendto(5, {nlmsg_len=20}, 20, 0, {sa_family=AF_NETLINK, nl_pid=0}, 12) = 20", 0, 0),
        ('7 sendto(3, "x", 1, 0, NULL, 0) = 1', 0, 0),
        ("7 +++ exited with 0 +++", 0, 0),
    ],
)
def test_lines_of_strace_are_understood(line: str, outside: int, loopback: int) -> None:
    trace = read_trace(line)
    assert (len(trace.outside), trace.loopback) == (outside, loopback)


@pytest.mark.usefixtures("needs_the_kernel")
def test_an_attempt_to_leave_is_seen(tmp_path: Path) -> None:
    """Of a grandchild as well: else the next test would prove nothing."""
    file = tmp_path / "trace"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ATTEMPTS!r}])"
    command = isolated(file, sys.executable, "-I", "-c", child)
    subprocess.run(command, check=True, timeout=SECONDS)
    trace = read_trace(file.read_text())
    assert trace.loopback == 1
    for address in OUTSIDE:
        assert sum(address in line for line in trace.outside) == 4
    assert len(trace.outside) == 8


@pytest.mark.weights
@pytest.mark.usefixtures("needs_the_kernel")
def test_asking_reaches_nobody_but_this_machine(
    tmp_path: Path, tiny_weights: Path, minilm_folder: Path
) -> None:
    cli = Commands(
        tmp_path,
        {
            "ROOFTREE_INDEX_EMBEDDER": "minilm",
            "ROOFTREE_MODEL_NAME": "tiny",
            "ROOFTREE_ASK_ANSWER_TOKENS": "16",
            # Who listens to the environment would go this way.
            "HTTPS_PROXY": f"http://{OUTSIDE[0]}:3128",
            "HTTP_PROXY": f"http://{OUTSIDE[0]}:3128",
            "OPENAI_BASE_URL": f"http://{OUTSIDE[0]}/v1",
            "OPENAI_API_KEY": "nobody",
        },
    )
    cli.state.mkdir(parents=True, mode=0o700)
    (cli.state / "models").symlink_to(models_of(tiny_weights, minilm_folder))
    root = git_repository(tmp_path, SHOP)
    file = tmp_path / "trace"
    done = subprocess.run(
        isolated(file, *PROGRAM, "ask", FOUND, "--repo", str(root), "--json"),
        cwd=ROOT,
        env=cli.environment(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    assert answer["coverage"]["dense_share"] == 1.0
    assert answer["model"] is not None, answer["answer"]
    trace = read_trace(file.read_text())
    assert trace.outside == []
    assert trace.loopback > 0


def models_of(weights: Path, embedder: Path) -> Path:
    """Return the folder of installed models that holds both."""
    [folder] = {path for path in weights.parents if (path / "minilm") in embedder.parents} | {
        path for path in weights.parents if path / "minilm" == embedder
    }
    return folder
