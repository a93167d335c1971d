"""Terminals, pipes, signals and locales: what surrounds a command when a person runs it."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.telemetry.events import Event
from rooftree.text.visible import printable
from server.cli.terminal.output import TextStream, note, write_json
from server.cli.terminal.progress import AnswerPrinter, ProgressBars
from tests.agents.scenes import FOUND, GOOD, SHOP
from tests.server.commands import PROGRAM, ROOT, SECONDS, Commands
from tests.support import git_repository, project
from tests.support.replies import Events, Hang, Pause, Text
from tests.support.scripted_model import ScriptedServer

HOSTILE_TEXT = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\x9b1A\u202ereversed\u202c\u2066x\u2069"
HOSTILE = SHOP | {
    "shop/checkout.py": f'''def charge_customer(cart, card="{HOSTILE_TEXT}"):
    """Take the money {HOSTILE_TEXT}."""
    return cart, card
''',
    "shop/\x1b[31mcharge_customer\u202e.py": "def charge_customer_too():\n    return 1\n",
}
FORBIDDEN = [*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0))]
FORBIDDEN += [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"]
FORBIDDEN = [character for character in FORBIDDEN if character not in "\n\t"]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: Text(GOOD)) as server:
        yield server


@pytest.fixture
def cli(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": model.base_url})


def assert_harmless(text: str) -> None:
    assert not [character for character in FORBIDDEN if character in text]


def test_only_line_ends_and_tabs_pass() -> None:
    text = "".join(map(chr, range(0x2100)))
    assert_harmless(printable(text))
    assert "\n" in printable(text)
    assert "\t" in printable(text)
    assert printable("Käse «ä» 商店 ↳ e\u0301") == "Käse «ä» 商店 ↳ e\u0301"


def test_json_keeps_its_value_and_harms_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "".join(map(chr, range(0x2100))), "back": "\\u202e"}
    write_json(value)
    out = capsys.readouterr().out
    assert_harmless(out)
    assert json.loads(out) == value


def test_a_note_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    note(f"first\nsecond{HOSTILE_TEXT}")
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert_harmless(err)


@pytest.mark.parametrize(
    "text",
    [
        "⚠️ well 1️⃣ 👩🏽‍💻👨‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿 فایل‌ها क्‍ष\n\tdone ✔️",
        f"# a\rb\r\nc\u202e{' ' * 400}d\x1b[2J⠀⠀e" + "\u2800" * 300 + "f" + "\u200d" * 30 + "g\r",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_text_in_pieces_is_shown_as_it_is_whole(
    text: str, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for blanks, which are told where one piece has many of them."""
    stream = TextStream()
    for at in range(0, len(text), size):
        stream.write(text[at : at + size])
    stream.end()
    shown = capsys.readouterr().out
    assert_harmless(shown.replace("\r\n", "\n"))
    few = text.replace(" " * 400, " ").replace("\u2800" * 300, "x")
    assert shown.replace(" " * 400, " ").replace("\u2800" * 300, "x") == printable(few)


def test_first_places_are_shown_before_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    place = {"path": f"a{HOSTILE_TEXT}.py", "start": 1, "end": 2, "symbol": "f"}
    with ProgressBars() as bars:
        narrator = AnswerPrinter(bars)
        for places in ([], [place]):
            narrator(Event("progress", "r", 0, {"stage": "preview", "places": places}))
        narrator(Event("progress", "r", 0, {"stage": "waiting"}))
        narrator(Event("progress", "r", 0, {"stage": "model", "model": "m"}))
    shown = capsys.readouterr()
    assert shown.out.startswith("First places, by words and names alone:\n  a")
    assert shown.out.endswith(".py:1-2 f\n\n")
    assert shown.err == "waiting for another process\n"
    assert_harmless(shown.out)


def test_neither_repository_nor_model_reaches_the_terminal_raw(tmp_path: Path) -> None:
    root = git_repository(tmp_path, HOSTILE)
    with ScriptedServer(lambda _: Text(f"It is {HOSTILE_TEXT} [1].")) as server:
        cli = Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": server.base_url})
        asked = cli.run("ask", "How does charge_customer take the money?", "--repo", root)
        as_json = cli.run("ask", FOUND, "--repo", root, "--json")
        searched = cli.run("search", "charge_customer", "--repo", root)
        status = cli.run("index", root)
    assert asked.code == 0
    assert "charge_customer_too" in searched.out
    for done in (asked, as_json, searched, status):
        assert_harmless(done.out + done.err)
    assert "\\u{1B}[2J" in asked.out
    assert "\\u{202E}reversed\\u{202C}" in asked.out
    assert "\x1b[2J" in as_json.json()["answer"]


@pytest.mark.parametrize("locale", [("LC_ALL", "C"), ("LANG", "xx_XX.NONE")])
def test_any_locale_will_do(cli: Commands, tmp_path: Path, locale: tuple[str, str]) -> None:
    root = git_repository(tmp_path, SHOP | {"docs/größe.md": "# Größe\n\nWie groß ist 商店?\n"})
    there = Commands(cli.home, {**cli.settings, locale[0]: locale[1]})
    done = there.run("ask", "How is the Größe?", "--repo", root)
    assert done.code == 0, done.err
    assert "docs/" in done.out
    assert "Traceback" not in done.err


def test_an_encoding_that_lacks_a_letter_shows_its_number(cli: Commands, tmp_path: Path) -> None:
    code = (
        "import sys, io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'latin-1');"
        f"sys.path.insert(0, {str(ROOT)!r});"
        "from server.cli.terminal.output import prepare_streams, write;"
        "prepare_streams(); write('商 é')"
    )
    done = subprocess.run([PROGRAM[0], "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"\\u5546 \xe9"


@pytest.mark.parametrize("command", [("search", "goods customer"), ("ask", FOUND)])
def test_a_reader_that_leaves_is_no_error(
    cli: Commands, tmp_path: Path, command: tuple[str, ...]
) -> None:
    root = git_repository(tmp_path, project(60))
    cli.run("index", root)
    process = cli.start(*command, "--repo", root)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(SECONDS) in (141, 1)
    assert errors == ""


def interrupt(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """Press Ctrl-C, as the terminal sends it to the whole group; return the code and stderr."""
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS)
    return process.returncode, errors.decode()


def read_until(stream: object, mark: str) -> str:
    """Read a pipe until `mark` has come, or the other side has closed it."""
    seen = b""
    descriptor = stream.fileno()  # type: ignore[attr-defined]  # a pipe of Popen
    while mark.encode() not in seen:
        block = os.read(descriptor, 4096)
        if not block:
            break
        seen += block
    return seen.decode()


def test_ctrl_c_while_indexing_keeps_what_was_done(cli: Commands, tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(2500))
    process = cli.start("index", root)
    while process.poll() is None:
        journals = [*(cli.state / "repos").glob("*/manifest.sqlite-wal")]
        if journals and journals[0].stat().st_size > 1_000_000:
            break
        select.select([], [], [], 0.01)
    code, errors = interrupt(process)
    assert code == 130
    assert "rooftree: interrupted; what was finished is kept" in errors
    assert "Traceback" not in errors
    again = cli.run("index", root, "--json")
    assert again.code == 0
    assert 0 < again.json()["parsed"] < 2500
    assert again.json()["files"] == 2500


@pytest.mark.slow
@pytest.mark.weights
def test_ctrl_c_while_embedding_keeps_what_was_done(
    cli: Commands, tmp_path: Path, minilm_folder: Path
) -> None:
    root = git_repository(tmp_path, project(300))
    settings = {"ROOFTREE_INDEX_EMBEDDER": str(minilm_folder)}
    process = cli.start("index", root, **settings)
    while "embedding" not in (line := read_until(process.stderr, "\n")):
        assert line
    code, errors = interrupt(process)
    assert code == 130
    assert "Traceback" not in errors
    status = Commands(cli.home, settings).run("status", "--repo", root, "--json").json()
    assert 0 < status["dense_share"] < 1


def test_ctrl_c_while_the_model_speaks_ends_at_once(tmp_path: Path, shop: Path) -> None:
    # Forty characters are held back: they may be the beginning of a link.
    words = "Well, that depends on who charges the customer, and on when that is."
    speaking = Events(({"choices": [{"delta": {"content": words}}]}, Hang()), done=False)
    with ScriptedServer(lambda _: speaking) as server:
        cli = Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": server.base_url})
        process = cli.start("ask", FOUND, "--repo", shop)
        assert "Well" in read_until(process.stdout, "Well")
        code, errors = interrupt(process)
    assert code == 130
    assert errors.endswith("rooftree: interrupted; what was finished is kept\n")
    assert "Traceback" not in errors


def test_ctrl_c_at_the_prompt_of_a_chat_ends_it(cli: Commands, shop: Path) -> None:
    process = cli.start("chat", "--repo", shop)
    read_until(process.stdout, "› ")
    code, errors = interrupt(process)
    assert code == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", [("index",), ("ask", FOUND, "--repo")])
def test_ctrl_c_while_waiting_for_the_lock_ends_at_once(
    cli: Commands, shop: Path, command: tuple[str, ...]
) -> None:
    cli.run("status", "--repo", shop)
    [folder] = (cli.state / "repos").iterdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = cli.start(*command, shop)
        assert "waiting for" in read_until(process.stderr, "waiting for")
        code, errors = interrupt(process)
    assert code == 130
    assert "Traceback" not in errors


def on_a_terminal(cli: Commands, *arguments: str | Path) -> tuple[int, str, str]:
    """Run a command whose stderr is a terminal; return its code, stdout and what was shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=cli.environment(TERM="xterm-256color"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = everything(ours)
    out, _ = process.communicate(timeout=SECONDS)
    return process.returncode, out.decode(), shown


def everything(terminal: int) -> str:
    """Read what is shown on a terminal until the other side is gone, and close it."""
    shown = bytearray()
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # how a terminal says that the other side is gone
            break
        if not block:
            break
        shown += block
    os.close(terminal)
    return shown.decode()


def test_code_that_a_comment_hides_is_on_the_screen(tmp_path: Path, shop: Path) -> None:
    """A return or a separator would put code where a terminal shows a comment, or nothing."""
    hidden = "# well\rpay()  # a\u2028b\x85c" + " " * 400 + "pay() ⚠️"
    with ScriptedServer(lambda _: Text(f"It is {hidden} [1].")) as server:
        cli = Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": server.base_url})
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, "ask", "How does charge_customer work?", "--repo", shop],
            cwd=ROOT,
            env=cli.environment(TERM="xterm-256color"),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        told = everything(ours).replace("\r\n", "\n")
        assert process.wait(SECONDS) == 0
    assert_harmless(told)
    assert "# well\\u{D}pay()  # a\\u{2028}b\\u{85}c" in told
    assert "pay() ⚠️" in told


def test_on_a_terminal_bars_are_shown_on_stderr(cli: Commands, tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(120))
    code, out, shown = on_a_terminal(cli, "index", root)
    assert code == 0
    assert "indexing" in shown
    assert "120/120" in shown
    assert out.startswith("indexed 120 files")
    assert_harmless(out)


def test_with_json_a_terminal_shows_nothing(cli: Commands, shop: Path) -> None:
    code, out, shown = on_a_terminal(cli, "ask", FOUND, "--repo", shop, "--json")
    assert code == 0
    assert shown == ""
    assert json.loads(out)["status"] == "answered"


def test_without_a_terminal_progress_is_a_few_lines(cli: Commands, tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(300))
    done = cli.run("index", root)
    assert done.err.endswith("indexing 300/300\n")
    assert len(done.err.splitlines()) < 8


def test_text_is_shown_as_it_comes(tmp_path: Path, shop: Path) -> None:
    """The places are on the screen while the model has not said a word yet."""
    silent = Events((Pause(0.2), Hang()), done=False)
    with ScriptedServer(lambda _: silent) as server:
        cli = Commands(tmp_path, {"ROOFTREE_MODEL_ENDPOINT": server.base_url})
        process = cli.start("ask", FOUND, "--repo", shop)
        assert "[1] shop/checkout.py" in read_until(process.stdout, "Summary by")
        interrupt(process)


def test_closed_streams_are_no_reason_to_fail(cli: Commands, shop: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *PROGRAM, "search", "price_of", "--repo", str(shop)],
        cwd=ROOT,
        env=cli.environment(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0
    assert b"price_of" in done.stdout
