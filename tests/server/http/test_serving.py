import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from rooftree.config import ServeSection
from rooftree.errors import ConfigError, StorageError, UsageError
from rooftree.paths import StateFolder
from server.http.listeners import tcp_listener, token_file, unix_listener, url_of
from server.http.serve import serve
from tests.server.stand import Running, ToyServices, services_of, serving
from tests.support.scripted_model import ScriptedServer

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio, sys
from pathlib import Path
from tests.support.scripted_model import ScriptedServer
from server.http.serve import serve
from tests.server.stand import services_of

async def main():
    with ScriptedServer() as model:
        async with services_of(Path(sys.argv[1]), model) as services:
            services.hold = asyncio.Event()
            await serve(services, announce=lambda url: print(url, flush=True))

asyncio.run(main())
print("drained", flush=True)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_both_doors_open_and_leave_nothing_behind(
    tmp_path: Path, scripted: ScriptedServer
) -> None:
    state = StateFolder(tmp_path / "s")
    async with serving(tmp_path / "s", scripted) as running:
        assert mode(state.socket()) == mode(state.socket_token()) == 0o600
        token = state.socket_token().read_text()
        assert len(token) >= 43
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.AsyncHTTPTransport(uds=str(state.socket()))
        async with httpx.AsyncClient(transport=transport, base_url="http://rooftree") as local:
            assert (await local.get("/api/status", headers=headers)).status_code == 200
            assert (await local.get("/api/status")).status_code == 401
        async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
            health = await client.get("/healthz")
            assert health.json() == {"status": "ok"}
            assert "server" not in health.headers
            assert (await client.get("/api/status", headers=headers)).status_code == 401
    assert not state.socket().exists()
    assert not state.socket_token().exists()


async def test_a_second_server_on_the_same_state_is_refused(
    tmp_path: Path, running: Running, scripted: ScriptedServer
) -> None:
    with pytest.raises(UsageError, match="already running"):
        async with serving(tmp_path / "s", scripted):
            pass
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_the_socket_of_a_dead_server_is_cleared_away(
    tmp_path: Path, scripted: ScriptedServer
) -> None:
    state = StateFolder(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(state.socket()))
    state.socket_token().write_text("old")
    async with serving(tmp_path / "s", scripted):
        assert state.socket_token().read_text() != "old"


async def refusal(services: ToyServices, **section: object) -> None:
    services.config = services.config.model_copy(
        update={"serve": ServeSection.model_validate({"port": 0} | section)}
    )
    stop = asyncio.Event()
    await serve(services, announce=lambda _: None, stop=stop)  # type: ignore[arg-type]  # a toy


async def test_a_taken_port_is_named(tmp_path: Path, scripted: ScriptedServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with services_of(tmp_path, scripted) as services:
            with pytest.raises(UsageError, match=f"port {port}"):
                await refusal(services, port=port)
    assert not StateFolder(tmp_path).socket().exists()


async def test_an_address_that_others_reach_is_refused(
    tmp_path: Path, scripted: ScriptedServer
) -> None:
    async with services_of(tmp_path, scripted) as services:
        with pytest.raises(ConfigError, match="TLS proxy"):
            await refusal(services, host="192.168.1.7")


def test_paths_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long"), unix_listener(tmp_path / ("x" * 120)):
        pass
    nowhere = tmp_path / "nowhere"
    with pytest.raises(StorageError, match="cannot write the token"), token_file(nowhere / "token"):
        pass
    with pytest.raises(StorageError, match="cannot listen at"), unix_listener(nowhere / "sock"):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="in the way"), unix_listener(tmp_path / "file" / "sock"):
        pass


def test_an_ipv6_url_has_brackets() -> None:
    with tcp_listener("127.0.0.1", 0) as listener:
        assert url_of(listener).startswith("http://127.0.0.1:")
    with tcp_listener("::1", 0) as listener:
        assert url_of(listener).startswith("http://[::1]:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    state = StateFolder(tmp_path / "s")
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(state.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(number)
        assert process.stdout.read() == "drained\n"
    assert process.returncode == 0
    assert not state.socket().exists()
    assert not state.socket_token().exists()


def test_importing_the_server_loads_no_heavy_library() -> None:
    program = (
        "import sys, server.http.app, server.http.serve; "
        "print([n for n in ('chromadb', 'torch', 'sentence_transformers') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "[]\n"
