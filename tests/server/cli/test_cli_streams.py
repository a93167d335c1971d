"""Streams that are closed or full, and homes that are none: a sentence and an exit code each."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.changing import coder, environment
from tests.server.commands import PROGRAM, SECONDS, Commands, Done
from tests.support.scripted_model import ScriptedServer


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(coder) as server:
        yield server


@pytest.fixture
def commands(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, environment(tmp_path, model))


def by_shell(commands: Commands, redirection: str, *words: str, **environ: str) -> Done:
    """Run a command as a shell does that closes or redirects its streams."""
    done = subprocess.run(
        ["sh", "-c", f'"$@" {redirection}', "sh", *PROGRAM, *words],
        env=commands.environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


LOST = "rooftree: cannot write the output: {}; what was asked for is not said\n"


@pytest.mark.parametrize(
    "words", [("status",), ("search", "total", "--json"), ("--help",), ("--version",)]
)
@pytest.mark.parametrize(
    ("redirection", "why"),
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")],
)
def test_an_answer_that_nobody_gets_is_no_success(
    commands: Commands, shop: Path, words: tuple[str, ...], redirection: str, why: str
) -> None:
    here = () if words[0].startswith("-") else ("--repo", str(shop))
    done = by_shell(commands, redirection, *words, *here)
    assert done.code == 3
    assert done.err.endswith(LOST.format(why))
    assert "internal error" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_an_error_that_nobody_reads_still_has_its_exit_code(
    commands: Commands, redirection: str
) -> None:
    done = by_shell(commands, redirection, "status", "--repo", "/no/such/place")
    assert (done.code, done.out, done.err) == (2, "", "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("change", "-"), 2, "the task is empty"),
        (("review", "--diff", "-"), 2, "the diff is empty"),
        (("apply",), 2, "no change of"),
        (("chat",), 0, ""),
        (("status",), 1, ""),
    ],
)
def test_a_closed_stdin_is_an_empty_one(
    commands: Commands, shop: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    done = by_shell(commands, "<&-", *words, "--repo", str(shop))
    assert (done.code, told in done.err) == (code, True)
    assert "internal error" not in done.err


def test_no_file_of_ours_is_opened_as_a_stream_that_was_closed(
    commands: Commands, shop: Path
) -> None:
    """The index would be written to by whoever prints."""
    assert by_shell(commands, "<&- >&- 2>&-", "index", str(shop)).code == 3
    assert commands.run("search", "total", "--repo", shop).code == 0


@pytest.mark.parametrize(
    ("home", "told"),
    [
        ("relative", "HOME is 'relative', which is no absolute path"),
        ("/dev/null", "cannot use the state folder '/dev/null/.local/state/rooftree'"),
        ("{}/file", "set XDG_STATE_HOME or state.folder to a folder you can write"),
        ("{}/with a\nline", ""),
    ],
)
def test_a_home_that_is_none_is_named(
    commands: Commands, shop: Path, tmp_path: Path, home: str, told: str
) -> None:
    (tmp_path / "file").write_text("")
    unset = {"XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""}
    settings = {k: v for k, v in commands.settings.items() if k != "ROOFTREE_STATE_FOLDER"}
    lonely = Commands(tmp_path, settings)
    done = lonely.run("status", cwd=shop, HOME=home.format(tmp_path), **unset)
    assert done.code == (1 if not told else 2 if "HOME" in told[:4] else 3)
    assert told in done.err
    assert "internal error" not in done.err
    assert not (shop / "relative").exists(), "no state in the repository"
