"""Asking a model runs no program: PATH may name a folder of the repository."""

import subprocess
import sys
from pathlib import Path

from tests.support.scripted_model import ScriptedServer, Text

ROOT = Path(__file__).parents[3]
ASK = """
import asyncio, sys
programs = []
def note(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system"):
        programs.append(str(arguments[:2]))
sys.addaudithook(note)
from models.client.client import ChatRequest, ModelClient
from models.wire.endpoint import Deadlines, Endpoint

async def ask():
    client = ModelClient(Endpoint(sys.argv[1], "", False), Deadlines(connect=5, idle=20))
    await client.chat(ChatRequest("scripted", ({"role": "user", "content": "hello"},), 8))
    await client.aclose()

asyncio.run(ask())
print(programs)
"""


def test_asking_a_model_runs_no_program() -> None:
    with ScriptedServer(lambda _: Text("one two three")) as model:
        done = subprocess.run(
            [sys.executable, "-c", ASK, model.endpoint().base_url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "[]\n"
