"""Commands beside a running `rooftree serve`: the server owns the index and does the work."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.agents.scenes import ABSENT, FOUND, GOOD, SHOP
from tests.server.commands import SECONDS, Commands
from tests.support import git_repository
from tests.support.replies import Text
from tests.support.scripted_model import ScriptedServer

SETTING = "/healthz"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Commands, Path, str, "subprocess.Popen[bytes]"]]:
    folder = tmp_path_factory.mktemp("s")
    root = git_repository(folder, SHOP)
    with ScriptedServer(lambda _: Text(GOOD)) as model:
        cli = Commands(folder, {"ROOFTREE_MODEL_ENDPOINT": model.base_url})
        process = cli.start("serve", "--repo", root, "--port", "0")
        assert process.stdout is not None
        seen = b""
        while b"/v1\n" not in seen:
            block = os.read(process.stdout.fileno(), 4096)
            assert block, process.stderr and process.stderr.read().decode()
            seen += block
        assert "its scopes: chat, search" in seen.decode()
        url = seen.decode().split("serving ")[1].split("/v1\n")[0]
        yield cli, root, url, process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


Served = tuple[Commands, Path, str, "subprocess.Popen[bytes]"]


def test_the_server_answers_for_a_command(served: Served) -> None:
    cli, root, url, _ = served
    assert httpx.get(url + SETTING, trust_env=False).status_code == 200
    done = cli.run("ask", FOUND, "--repo", root)
    assert done.code == 0, done.err
    assert "[1] shop/checkout.py:6-9 `charge_customer`" in done.out
    assert "Summary by scripted" in done.out
    as_json = cli.run("ask", FOUND, "--repo", root / "shop", "--json")
    assert as_json.err == ""
    assert as_json.json()["status"] == "answered"
    assert cli.run("ask", ABSENT, "--repo", root).code == 1


def test_search_status_and_index_go_through_it(served: Served) -> None:
    cli, root, _, _ = served
    assert cli.run("search", "price_of", "--repo", root).out.startswith("shop/prices.py:8-10")
    assert cli.run("index", root, "--json").json()["indexed"] is True
    assert cli.run("status", "--repo", root, "--json").json()["files_behind"] == 0


def test_errors_are_those_of_the_command_itself(served: Served) -> None:
    cli, root, _, _ = served
    for arguments in (("ask", "x" * 9000, "--repo", root), ("search", " ", "--repo", root)):
        done = cli.run(*arguments)
        assert done.code == 2
        done.assert_one_line()


def test_chat_goes_through_it(served: Served) -> None:
    cli, root, _, _ = served
    done = cli.run("chat", "--repo", root, stdin=f"{FOUND}\n\n")
    assert done.code == 0
    assert "Where to look" in done.out


def test_a_second_server_is_refused_and_told_who_is_the_first(served: Served) -> None:
    cli, root, _, process = served
    done = cli.run("serve", "--repo", root, "--port", "0")
    assert done.code in (2, 3)
    assert f"process {process.pid}" in done.err or "already" in done.err
    assert "Traceback" not in done.err


def test_the_server_ends_cleanly_on_sigterm(served: Served) -> None:
    cli, root, _, process = served
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode in (0, 143), errors.decode()
    assert b"Traceback" not in errors
    done = cli.run("search", "price_of", "--repo", root)
    assert done.code == 0
