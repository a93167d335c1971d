"""What each command prints and how it exits, by running it."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.access.api_keys import KEY
from tests.agents.scenes import ABSENT, FOUND, GOOD, SHOP
from tests.server.commands import PROGRAM, ROOT, Commands
from tests.server.old_keys import old_database
from tests.support import git_repository, write_files
from tests.support.replies import Failure, Text
from tests.support.scripted_model import ScriptedServer

SUMMARY_LABEL = "Summary by scripted"


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: Text(GOOD)) as server:
        yield server


@pytest.fixture
def cli(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": model.base_url})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def test_an_answer_exits_with_0_and_can_be_read(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", FOUND, "--repo", shop)
    assert done.code == 0
    assert done.out.startswith("Where to look")
    assert "[1] shop/checkout.py:6-9 `charge_customer`" in done.out
    assert SUMMARY_LABEL in done.out
    assert done.out.endswith("\n")
    # A slow machine says in between how far it is.
    assert done.err.endswith("indexing 4/4\n")
    assert set(done.err.split()[::2]) == {"indexing"}


def test_json_stands_alone_on_stdout(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", FOUND, "--repo", shop, "--json")
    assert done.code == 0
    assert done.err == ""
    answer = done.json()
    assert answer["status"] == "answered"
    assert answer["model"] == {"name": "scripted", "version": None}


def test_not_found_exits_with_1(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", ABSENT, "--repo", shop, "--json")
    assert done.code == 1
    assert done.json()["status"] == "not_found"


def test_a_model_that_fails_costs_only_the_summary(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(lambda _: Failure(503, "too busy")) as server:
        cli = Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": server.base_url})
        done = cli.run("ask", FOUND, "--repo", shop)
    assert done.code == 0
    assert "No summary: " in done.out
    assert "too busy" in done.out
    assert "Traceback" not in done.err


def test_without_weights_the_answer_says_how_to_get_them(tmp_path: Path, shop: Path) -> None:
    done = Commands(tmp_path).run("ask", FOUND, "--repo", shop)
    assert done.code == 0
    assert "No summary: " in done.out
    assert "rooftree models pull" in done.out


def test_without_an_embedder_words_are_searched_and_it_is_said(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", FOUND, "--repo", shop, ROOFTREE_INDEX_EMBEDDER="minilm")
    assert done.code == 0
    assert "searching by words alone" in done.err
    assert "rooftree models pull minilm" in done.err


def test_an_index_that_cannot_be_read_exits_with_3(cli: Commands, shop: Path) -> None:
    assert cli.run("index", shop).code == 0
    [manifest] = (cli.state / "repos").glob("*/manifest.sqlite")
    manifest.unlink()
    manifest.mkdir()
    done = cli.run("ask", FOUND, "--repo", shop, "--json")
    assert done.code == 3
    assert done.json()["status"] == "could_not_look"
    searched = cli.run("search", "cart", "--repo", shop)
    assert searched.code == 3
    searched.assert_one_line()


@pytest.mark.parametrize(
    ("question", "reason"), [(" \n", "empty"), ("x" * 9000, "9000 characters")]
)
def test_a_question_that_cannot_be_asked_exits_with_2(
    cli: Commands, shop: Path, question: str, reason: str
) -> None:
    done = cli.run("ask", question, "--repo", shop, "--json")
    assert done.code == 2
    assert reason in done.err
    done.assert_one_line()


def test_a_question_that_is_not_utf_8_exits_with_2(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", b"caf\xe9", "--repo", shop)
    assert done.code == 2
    done.assert_one_line()


@pytest.mark.parametrize("command", ["ask", "search", "status"])
def test_an_unknown_path_exits_with_2(cli: Commands, tmp_path: Path, command: str) -> None:
    words = [] if command == "status" else ["what is it"]
    done = cli.run(command, *words, "--repo", tmp_path / "none")
    assert done.code == 2
    assert "does not exist" in done.err
    done.assert_one_line()


def test_a_file_is_no_repository(cli: Commands, shop: Path) -> None:
    done = cli.run("index", shop / "README.md")
    assert done.code == 2
    done.assert_one_line()


@pytest.mark.parametrize(
    "arguments",
    [("ask",), ("explain", "x"), ("search", "x", "-k", "many")],
)
def test_wrong_usage_exits_with_2(cli: Commands, arguments: tuple[str, ...]) -> None:
    done = cli.run(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Usage: rooftree" in done.err


def test_a_subfolder_stands_for_its_repository(cli: Commands, shop: Path) -> None:
    assert cli.run("index", shop / "shop").code == 0
    status = cli.run("status", "--repo", shop, "--json").json()
    assert status["repo"] == str(shop)
    assert status["files"] == 4


def test_here_is_the_default_repository(cli: Commands, shop: Path) -> None:
    done = cli.run("search", "price_of", "--json", cwd=shop)
    assert done.code == 0
    assert done.json()["repo"] == str(shop)


def test_spaces_and_other_letters_in_a_path_are_fine(cli: Commands, tmp_path: Path) -> None:
    root = git_repository(tmp_path, SHOP, "mein Läden 商店")
    done = cli.run("ask", FOUND, "--repo", root)
    assert done.code == 0
    assert cli.run("status", "--repo", root, "--json").json()["repo"] == str(root)


def test_a_path_that_is_not_utf_8_ends_in_one_line_at_most(cli: Commands, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)  # noqa: PTH102 - pathlib takes no bytes
    with open(folder + b"/a.py", "w") as handle:  # noqa: PTH123 - the same
        handle.write("def price_of():\n    return 1\n")
    done = cli.run("search", "price_of", "--repo", folder)
    assert "internal error" not in done.err
    assert "Traceback" not in done.err
    assert done.code in (0, 2)


def test_search_finds_and_says_where_it_looked(cli: Commands, shop: Path) -> None:
    done = cli.run("search", "price_of", "--repo", shop, "-k", "1")
    assert done.code == 0
    assert done.out.startswith("shop/prices.py:8-10 price_of\n    function, score ")
    assert "looked at commit " in done.out
    as_json = cli.run("search", "price_of", "--repo", shop, "--json")
    assert list(as_json.json()) == ["query", "repo", "status", "coverage", "hits"]
    assert as_json.json()["hits"][0]["path"] == "shop/prices.py"


def test_search_for_nothing_exits_with_1(cli: Commands, shop: Path) -> None:
    done = cli.run("search", "zeppelin", "--repo", shop)
    assert done.code == 1
    assert done.out.startswith("nothing found\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(("",), "empty"), (("x", "-k", "0"), "1 to 100"), (("x", "-k", "101"), "1 to 100"),
     (("x" * 20_001,), "at most 20000")],
)  # fmt: skip
def test_a_wrong_search_exits_with_2(
    cli: Commands, shop: Path, arguments: tuple[str, ...], reason: str
) -> None:
    done = cli.run("search", *arguments, "--repo", shop)
    assert done.code == 2
    assert reason in done.err
    done.assert_one_line()


def test_index_reports_what_it_did(cli: Commands, shop: Path) -> None:
    write_files(shop, {"blob.bin": b"\0\1\2" * 50, "bad.py": "def broken(:\n" * 4, ".env": "A=1\n"})
    done = cli.run("index", shop)
    assert done.code == 0
    assert done.out.startswith(f"indexed 5 files of {shop}: ")
    assert "left out     binary 1, " in done.out
    assert "blob.bin: binary" in done.out
    assert "degraded     " in done.out
    again = cli.run("index", shop, "--json")
    assert again.err == ""
    assert again.json()["parsed"] == 0
    assert again.json()["indexed"] is True


def test_many_files_left_out_are_summed_up(cli: Commands, tmp_path: Path) -> None:
    root = git_repository(tmp_path, {f"pictures/{n}.png": b"\x89PNG\0" for n in range(30)})
    done = cli.run("index", root)
    assert "… and 10 more (--json lists all)" in done.out


def test_status_before_and_after(cli: Commands, shop: Path) -> None:
    before = cli.run("status", "--repo", shop)
    assert before.code == 1
    assert "is not indexed; run `rooftree index`" in before.out
    cli.run("index", shop)
    (shop / "shop/new.py").write_text("N = 1\n")
    after = cli.run("status", "--repo", shop)
    assert after.code == 0
    assert "files        4 indexed, 1 changed since" in after.out


def test_models_are_listed_and_local_ones_are_pulled(
    cli: Commands, tmp_path: Path, tiny_weights: Path
) -> None:
    done = cli.run("models", "list")
    assert done.code == 0
    assert "rooftree models pull default" in done.out
    pulled = cli.run("models", "pull", tiny_weights)
    assert pulled.code == 0, pulled.err
    listed = cli.run("models", "list", "--json").json()
    [installed] = listed["installed"]
    digest = hashlib.sha256(tiny_weights.read_bytes()).hexdigest()
    assert installed["sha256"] == digest
    assert installed["name"] in cli.run("models", "list").out
    again = cli.run("models", "pull", installed["name"], "--if-missing", "--json")
    assert (again.code, again.json()) == (0, [])


def test_models_that_nobody_knows_are_refused(cli: Commands, tmp_path: Path) -> None:
    done = cli.run("models", "pull", "gpt-unheard-of")
    assert done.code in (2, 3)
    done.assert_one_line()


def test_settings_are_shown_with_their_origin(cli: Commands) -> None:
    done = cli.run("config", "show", "--origin", ROOFTREE_ASK_WALL_SECONDS="12")
    assert done.code == 0
    assert "ask.wall_seconds = 12.0    # ROOFTREE_ASK_WALL_SECONDS" in done.out
    rows = cli.run("config", "show", "--json").json()
    assert {"key": "serve.port", "value": 8311, "origin": "default"} in rows


def test_a_wrong_setting_is_named(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", "x", "--repo", shop, ROOFTREE_ASK_WALL_SECONDS="soon")
    assert done.code == 2
    assert "ask.wall_seconds from ROOFTREE_ASK_WALL_SECONDS" in done.err
    done.assert_one_line()


def test_a_wrong_endpoint_costs_only_the_summary(cli: Commands, shop: Path) -> None:
    done = cli.run("ask", FOUND, "--repo", shop, ROOFTREE_MODEL_ENDPOINT="localhost:8000")
    assert done.code == 0
    assert "No summary: model.endpoint must be a URL" in done.out


def test_keys_are_made_listed_and_revoked(cli: Commands) -> None:
    made = cli.run("keys", "create", "Ada\x1b[31m")
    assert made.code in (0, 2)
    made = cli.run("keys", "create", "Ada")
    assert made.code == 0
    key = made.out.strip().splitlines()[-1]
    rows = cli.run("keys", "list", "--json").json()
    row = next(row for row in rows if row["name"] == "Ada")
    assert key not in json.dumps(rows)
    assert "active   chat,search  created" in cli.run("keys", "list").out
    assert cli.run("keys", "revoke", row["id"]).code == 0
    assert "revoked" in cli.run("keys", "list").out
    wrong = cli.run("keys", "revoke", "no-such-key")
    assert wrong.code in (2, 3)
    wrong.assert_one_line()


@pytest.mark.parametrize(
    ("options", "scopes"),
    [
        ((), "chat,search"),
        (("--scope", "chat"), "chat"),
        (("--scope", "review", "--scope", "execute"), "execute,review"),
        (("--scope", "index, admin", "--scope", "index"), "admin,index"),
        (("--all-scopes",), "admin,chat,execute,index,review,search"),
    ],
)
def test_a_key_is_made_with_the_scopes_that_are_named(
    cli: Commands, options: tuple[str, ...], scopes: str
) -> None:
    made = cli.run("keys", "create", "scoped", *options)
    assert made.code == 0
    assert KEY.fullmatch(made.out.strip()), "the key alone, for a script"
    assert made.err == f"shown once; its scopes: {scopes.replace(',', ', ')}\n"
    assert cli.run("keys", "list", "--json").json()[-1]["scopes"] == scopes.split(",")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scope", "read"), "'read'; known are admin, chat, execute, index, review, search"),
        (("--scope", "chat,"), ""),
        (("--scope", " "), "opens nothing; known are"),
        (("--scope", "chat", "--all-scopes"), "not both"),
    ],
)
def test_a_scope_that_there_is_not_is_named_with_those_there_are(
    cli: Commands, options: tuple[str, ...], said: str
) -> None:
    done = cli.run("keys", "create", "odd", *options)
    if not said:
        assert done.code == 0
        return
    assert done.code == 2
    done.assert_one_line()
    assert said in done.err


def test_keys_of_older_versions_are_warned_of(tmp_path: Path) -> None:
    cli = Commands(tmp_path)
    cli.run("keys", "list")
    for name in ("server.sqlite", "server.sqlite-wal", "server.sqlite-shm"):
        (cli.state / name).unlink(missing_ok=True)
    old_database(cli.state / "server.sqlite")
    (cli.state / "server.sqlite").chmod(0o600)
    listed = cli.run("keys", "list")
    assert "admin,chat,execute,index,review,search" in listed.out
    assert "made before scopes could be chosen, and so with every one: 'old0'" in listed.err
    assert "--scope chat --scope search" in listed.err
    assert len(listed.err.splitlines()) == 1
    examined = cli.run("doctor", "--repo", tmp_path, "--json").json()
    (told,) = [one for one in examined["checks"] if one["check"] == "keys"]
    assert (told["verdict"], "'old0'" in told["detail"]) == ("warning", True)
    assert "rooftree keys create NAME --scope chat" in told["advice"]
    cli.run("keys", "create", "new", "--scope", "chat")
    assert cli.run("keys", "revoke", "000000000000", "--json").json()["name"] == "old0"
    assert cli.run("keys", "list").err == ""
    examined = cli.run("doctor", "--repo", tmp_path, "--json").json()
    (told,) = [one for one in examined["checks"] if one["check"] == "keys"]
    assert (told["verdict"], told["detail"][:8]) == ("ok", "1 living")


def test_the_version_and_help_are_there(cli: Commands) -> None:
    assert cli.run("--version").out.startswith("rooftree ")
    assert "chat" in cli.run("--help").out
    assert "Usage: rooftree ask" in cli.run("ask", "--help").out


def test_chat_asks_one_question_after_another(cli: Commands, shop: Path) -> None:
    done = cli.run(
        "chat", "--repo", shop, stdin=f"{FOUND}\nAnd the receipt?\n{'x' * 9000}\n{ABSENT}\n\n"
    )
    assert done.code == 0
    assert done.out.count("Where to look") == 2
    assert done.out.count(SUMMARY_LABEL) == 2
    assert "Not found in this repository" in done.out
    assert "; ask it in at most 8000" in done.err
    assert "Traceback" not in done.err


def test_chat_ends_where_its_input_ends(cli: Commands, shop: Path) -> None:
    done = cli.run("chat", "--repo", shop, stdin="")
    assert done.code == 0
    assert done.err == ""


def test_what_nobody_thought_of_is_one_line_and_its_trace_is_in_the_log(cli: Commands) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from server.cli import main\n"
        "from server.cli.terminal.common import load\n"
        "@main.app.command('surprise')\n"
        "def surprise():\n"
        "    load()\n"
        "    raise ValueError('first\\nsecond')\n"
        "sys.argv = ['rooftree', 'surprise']\n"
        "main.run()\n"
    )
    done = subprocess.run(
        [PROGRAM[0], "-I", "-c", code], env=cli.environment(), capture_output=True, check=False
    )
    assert done.returncode == 70
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("rooftree: internal error: ValueError: first second; this is a bug")
    log = (cli.state / "logs/rooftree.log").read_text()
    assert "Traceback" in log


def test_the_state_folder_is_for_its_owner_alone(cli: Commands, shop: Path) -> None:
    cli.run("ask", FOUND, "--repo", shop)
    for path in [cli.state, *cli.state.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0 or path.suffix == ".log", path
    assert not subprocess.run(
        ["git", "-C", str(shop), "status", "--porcelain"], capture_output=True, check=True
    ).stdout
