"""What the API describes is what it does: schemathesis tries every route of a real server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agents.scenes import GOOD, SHOP
from tests.server.commands import SECONDS, Commands
from tests.support import git_repository
from tests.support.replies import Text
from tests.support.scripted_model import ScriptedServer

pytestmark = pytest.mark.slow

EXAMPLES = 8
"""So many made-up requests of each route in each phase that makes them up."""
RUN_SECONDS = 1_800.0
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


@dataclass(frozen=True)
class Served:
    """A running server, and a key that opens everything."""

    url: str
    key: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a small repository, with a model that says the same words again and again."""
    root = git_repository(tmp_path, SHOP)
    with ScriptedServer(lambda _: Text(GOOD)) as model:
        settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_SANDBOX_BACKEND": "none"}
        cli = Commands(tmp_path, settings)
        key = cli.run("keys", "create", "everything", "--all-scopes", "--json").json()["key"]
        assert cli.run("index", root).code == 0
        process = cli.start("serve", "--repo", root, "--port", "0")
        assert process.stdout is not None
        seen = b""
        while b"/v1\n" not in seen:
            block = os.read(process.stdout.fileno(), 4096)
            assert block, process.stderr and process.stderr.read().decode()
            seen += block
        yield Served(seen.decode().split("serving ")[1].split("/v1\n")[0], key)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def test_every_route_answers_as_it_is_described(served: Served, tmp_path: Path) -> None:
    words = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {served.key}"),
        *("--phases", "examples,coverage,fuzzing,stateful"),
        *("--max-examples", str(EXAMPLES)),
        *("--seed", "1", "--generation-deterministic", "--no-color"),
        *("--checks", ",".join(CHECKS)),
        *("--continue-on-failure", "--suppress-health-check", "all"),
    ]
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
