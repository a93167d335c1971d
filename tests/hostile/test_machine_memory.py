"""What attacks on memory cost the machine at the worst, while a suite of tests runs as ever."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.hostile.attack import Attack
from tests.hostile.attacks.resources import RESOURCES
from tests.hostile.attacks.unseen import UNSEEN
from tests.hostile.attempt import attempt
from tests.hostile.scene import CANARY
from tests.support import until
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command, ExecutionLimits
from tools.sandbox.process.memory_monitor import MachineMemory
from tools.sandbox.process.watchdog import process_usage

MIB = 1 << 20
ABOVE = 256 * MIB
ON_MEMORY = [one for one in (*RESOURCES, *UNSEEN) if one.limits.memory_bytes < 1024 * MIB]
SUITE = """
import asyncio, ctypes, os, shutil, socket, struct, tempfile, unittest

class Suite(unittest.IsolatedAsyncioTestCase):
    async def test_servers_and_clients_talk(self):
        async def answer(reader, writer):
            writer.write(await reader.read())
            await writer.drain()
            writer.close()
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async def ask():
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"x" * (1 << 20))
                writer.write_eof()
                self.assertEqual(len(await reader.read()), 1 << 20)
                writer.close()
            await asyncio.gather(*(ask() for _ in range(20)))

    async def test_programs_are_waited_for(self):
        program = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
        said, _ = await program.communicate(b"x" * (1 << 20))
        self.assertEqual(len(said), 1 << 20)

    def test_a_watcher_sees_a_file(self):
        libc = ctypes.CDLL(None)
        for _ in range(10):
            watcher = libc.inotify_init1(os.O_NONBLOCK)
            with tempfile.TemporaryDirectory() as folder:
                self.assertGreater(libc.inotify_add_watch(watcher, folder.encode(), 0x100), 0)
                open(os.path.join(folder, "new"), "w").close()
                self.assertIn(b"new", os.read(watcher, 4096))

    def test_a_hundred_pairs_of_sockets(self):
        pairs = [socket.socketpair() for _ in range(100)]
        for one, other in pairs:
            for end in (one, other):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                end.setblocking(False)
            sent = one.send(bytes(150000))
            self.assertGreater(sent, 100000)
        for one, other in pairs:
            one.close()
            got = 0
            while part := other.recv(1 << 16):
                got += len(part)
            self.assertGreater(got, 100000)
            other.close()

    def test_files_are_copied_and_sent(self):
        with open("file", "wb") as file:
            file.write(b"x" * 300000)
        shutil.copyfile("file", "copy")
        self.assertEqual(os.stat("copy").st_size, 300000)
        one, other = socket.socketpair()
        with open("file", "rb") as file, one, other:
            one.settimeout(5)
            self.assertEqual(one.sendfile(file, 0, 20000), 20000)
            self.assertEqual(len(other.recv(20000, socket.MSG_WAITALL)), 20000)

unittest.main()
"""


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CANARY, "canary-made-up")


@pytest.mark.parametrize("attack", ON_MEMORY, ids=[attack.name for attack in ON_MEMORY])
def test_the_machine_holds_little_more_than_is_allowed(attack: Attack) -> None:
    """Least of nine: others take memory for seconds, and three in a row held 26 MiB of theirs."""
    most = attack.limits.memory_bytes + ABOVE
    peaks: list[int] = []
    while len(peaks) < 9 and not any(peak <= most for peak in peaks):
        with measured() as found:
            asyncio.run(attempt(attack, find_bubblewrap()))
        peaks.append(max(found))
    assert min(peaks) <= most, [peak // MIB for peak in peaks]


@contextmanager
def measured() -> Iterator[list[int]]:
    """Measure what our children have to themselves and what the machine holds besides."""
    found, is_over = [0], Event()
    before = _held()

    def measure() -> None:
        while not is_over.is_set():
            found.append(_held() - before)
            time.sleep(0.002)

    thread = Thread(target=measure)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()


def _held() -> int:
    ours = process_usage(os.getpid()).own_bytes
    return ours + MachineMemory.now().unowned


@pytest.mark.parametrize("memory", [256, 1024])
async def test_a_suite_with_sockets_watchers_and_an_event_loop_runs(
    memory: int, tmp_path: Path
) -> None:
    limits = ExecutionLimits(seconds=60, memory_bytes=memory * MIB)
    command = Command(("/usr/bin/python3", "-c", SUITE), tmp_path, limits=limits)
    ended = await find_bubblewrap().run(command)
    assert ended.succeeded, ended
    assert "Ran 5 tests" in ended.output


async def test_memory_of_a_neighbour_ends_nobody(tmp_path: Path) -> None:
    """400 MiB more in files of memory than before, none of them in the sandbox."""
    script = "import asyncio, socket\nkept = [socket.socketpair() for _ in range(20)]\n"
    script += "open('ready', 'w').close()\nasyncio.run(asyncio.sleep(2))"
    limits = replace(ExecutionLimits(seconds=60), memory_bytes=256 * MIB)
    command = Command(("/usr/bin/python3", "-c", script), tmp_path, limits=limits)
    running = asyncio.create_task(find_bubblewrap().run(command))
    await until(lambda: (tmp_path / "ready").exists() or running.done())
    neighbour = os.memfd_create("neighbour")
    try:
        for _ in range(400):
            os.write(neighbour, bytes(MIB))
        ended = await running
    finally:
        os.close(neighbour)
    assert ended.succeeded, ended


async def test_the_same_memory_of_its_own_ends_it(tmp_path: Path) -> None:
    script = "import os, time\nfiles = [os.memfd_create('own') for _ in range(4)]\n"
    script += "for at in range(400): os.write(files[at % 4], bytes(1 << 20))\ntime.sleep(5)"
    limits = replace(ExecutionLimits(seconds=60), memory_bytes=256 * MIB)
    ended = await find_bubblewrap().run(
        Command(("/usr/bin/python3", "-c", script), tmp_path, limits=limits)
    )
    assert ended.ended == "memory", ended
