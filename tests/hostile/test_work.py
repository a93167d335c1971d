"""What contains attacks lets useful work go on: tests of real projects do all of this."""

from pathlib import Path

import pytest

from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command, ExecutionLimits

WORK = {
    "a database": """
import sqlite3
with sqlite3.connect("data.db") as database:
    database.execute("pragma journal_mode=wal")
    database.execute("create table t (a)")
    database.execute("insert into t values (1)")
""",
    "git": """
import subprocess
open("a", "w").close()
for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.test commit -qm a", "gc -q"):
    subprocess.run(["git", *words.split()], check=True)
""",
    "threads and processes": """
import multiprocessing, threading
threading.Thread(target=print, name="worker").start()
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
""",
    "reserved space": """
import os
with open("reserved", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 100000)
assert os.stat("reserved").st_size == 100000
""",
    "shared memory": """
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory(create=True, size=1 << 20)
memory.buf[0] = 1
memory.close()
memory.unlink()
""",
    "a program in memory": """
import os, shutil, subprocess
place = os.memfd_create("program", 0)
os.write(place, open(shutil.which("true"), "rb").read())
subprocess.run([f"/proc/self/fd/{place}"], pass_fds=(place,), check=True)
""",
    "a local server": """
import http.server, threading, urllib.request
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
assert urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").status == 200
""",
    "modes, links and times": """
import os
open("a", "w").close()
os.chmod("a", 0o700)
os.symlink("a", "b")
os.link("a", "c")
os.utime("a", (1, 1))
os.mkfifo("d")
""",
    "devices": """
open("/dev/null", "w").write("x")
assert len(open("/dev/urandom", "rb").read(8)) == 8
""",
}


@pytest.mark.parametrize("name", WORK)
async def test_useful_work_goes_on(name: str, tmp_path: Path) -> None:
    command = Command(
        ("/usr/bin/python3", "-c", WORK[name]), tmp_path, limits=ExecutionLimits(seconds=60)
    )
    ended = await find_bubblewrap().run(command)
    assert ended.succeeded, ended
