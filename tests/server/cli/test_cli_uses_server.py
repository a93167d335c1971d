"""Which commands ask a running server, each run beside one; the README's sentence says the same."""

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from server.cli import main
from tests.server.changing import SHOP
from tests.server.commands import Commands
from tests.support import git_repository

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
REFUSAL = {"error": {"code": "storage", "message": "this server answers nobody"}}
USING = {
    "ask": ("ask", "how is the total added up", "--repo", "SHOP"),
    "chat": ("chat", "--repo", "SHOP"),
    "search": ("search", "total", "--repo", "SHOP"),
    "symbols": ("symbols", "total", "--repo", "SHOP"),
    "references": ("references", "total", "--repo", "SHOP"),
    "map": ("map", "--repo", "SHOP"),
    "history": ("history", "work", "--repo", "SHOP"),
    "index": ("index", "SHOP"),
    "status": ("status", "--repo", "SHOP"),
}
ALONE = {
    "change": ("change", "", "--repo", "SHOP"),
    "apply": ("apply", "--repo", "SHOP"),
    "undo": ("undo", "--repo", "SHOP"),
    "review": ("review", "--base", "HEAD", "--no-tests", "--repo", "SHOP"),
    "project": ("project", "--repo", "SHOP"),
    "doctor": ("doctor", "--repo", "SHOP"),
    "gc": ("gc", "--repo", "SHOP"),
    "tune": ("tune", "--repo", "SHOP"),
    "eval retrieval": ("eval", "retrieval", "--repo", "SHOP"),
    "models pull": ("models", "pull", "nosuch"),
    "models list": ("models", "list"),
    "models probe": ("models", "probe"),
    "models size": ("models", "size", "nosuch"),
    "models check": ("models", "check", "nosuch", "--policy", "nosuch"),
    "endpoints check": ("endpoints", "check", "http://127.0.0.1:1/v1"),
    "endpoints presets": ("endpoints", "presets"),
    "keys create": ("keys", "create", "me"),
    "keys list": ("keys", "list"),
    "keys revoke": ("keys", "revoke", "nosuch"),
    "runs list": ("runs", "list", "--repo", "SHOP"),
    "runs show": ("runs", "show", "last", "--repo", "SHOP"),
    "runs replay": ("runs", "replay", "last", "--model", "chat", "--repo", "SHOP"),
    "sandbox run": ("sandbox", "run", "--workspace", "SHOP", "--", "true"),
    "sandbox selftest": ("sandbox", "selftest"),
    "config show": ("config", "show"),
}


class Listening(socketserver.ThreadingUnixStreamServer):
    """Says that it is a server, refuses all else, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        super().__init__(str(path), Refusing)


class Refusing(BaseHTTPRequestHandler):
    """One connection."""

    server: Listening

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = json.dumps(REFUSAL).encode()
        self.send_response(200 if self.path == "/healthz" else 500)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library's name

    def address_string(self) -> str:
        return "somebody"

    def log_message(self, *_: object) -> None:
        """Keep quiet: requests are recorded."""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, with a state folder in which no server runs yet."""
    settings = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "ROOFTREE_STATE_FOLDER": str(tmp_path / "s"),
        "ROOFTREE_INDEX_EMBEDDER": "none",
        "ROOFTREE_INDEX_WORKERS": "1",
        "ROOFTREE_MODEL_PROBE": "false",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return git_repository(tmp_path, SHOP)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Listening]:
    state = tmp_path / "s"
    state.mkdir(mode=0o700)
    (state / "serve.token").write_text("token")
    with Listening(state / "serve.sock") as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def run(words: tuple[str, ...], shop: Path) -> tuple[str, BaseException | None]:
    """Run a command in this process; returns what it said and how it failed."""
    asked = [str(shop) if word == "SHOP" else word for word in words]
    done = CliRunner().invoke(main.app, asked, input="how is the total added up\n\n")
    return done.output, done.exception


def names() -> set[str]:
    """Return every command there is."""
    found = set()
    for name, command in typer.main.get_command(main.app).commands.items():  # type: ignore[attr-defined]  # a group
        below = getattr(command, "commands", None)
        found |= {f"{name} {one}" for one in below} if below else {name}
    return found


def test_every_command_is_run_here() -> None:
    assert names() == {*USING, *ALONE, "serve"}


def test_the_readme_names_those_that_use_a_server() -> None:
    told = re.search(r"While a\s+server\s+runs,\s+(.*?)\s+use\s+it\s+over", README, re.DOTALL)
    assert told is not None
    assert set(re.findall(r"`([^`]+)`", told[1])) == set(USING)


@pytest.mark.parametrize("name", USING)
def test_a_command_asks_the_server_that_runs(name: str, shop: Path, server: Listening) -> None:
    output, error = run(USING[name], shop)
    assert [path for path in server.asked if path != "/healthz"], (output, error)
    assert "this server answers nobody" in f"{output} {error}"
    assert not (shop.parent / "s" / "repos").exists(), "and does not do its work too"


@pytest.mark.parametrize("name", USING)
def test_a_command_works_by_itself_where_none_runs(name: str, shop: Path) -> None:
    output, error = run(USING[name], shop)
    assert error is None or isinstance(error, SystemExit), output
    assert (shop.parent / "s" / "repos").exists()


@pytest.mark.parametrize("name", ALONE)
def test_another_command_leaves_the_server_alone(name: str, shop: Path, server: Listening) -> None:
    run(ALONE[name], shop)
    assert server.asked == []


def test_a_second_server_asks_the_first_for_nothing(shop: Path, server: Listening) -> None:
    """It ends its process, and so has one of its own."""
    commands = Commands(shop.parent, {"ROOFTREE_STATE_FOLDER": str(shop.parent / "s")})
    assert commands.run("serve", "--port", "0", "--repo", shop).code in (2, 3)
    assert server.asked == []
