"""Fetching archives and running the whole ask benchmark, with real processes and no network."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.ask import stand_in
from benchmarks.ask.questions import FOLDER, BenchmarkError, Question, Source, load_questions
from benchmarks.ask.run import ask_all, index_source, main
from benchmarks.ask.sources import fetch_source, put_stand_in, unpack_archive


def make_archive(path: Path, members: dict[str, str]) -> str:
    """Write a tar.gz and return its sha256."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_source(sha256: str, backend: str = "setuptools.build_meta") -> Source:
    return Source(
        name="trap",
        version="1.0",
        sha256=sha256,
        folder="trap-1.0",
        backend=backend,
        licence="MIT",
        languages="Python",
    )


def test_an_archive_with_another_hash_or_shape_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "trap-1.0.tar.gz"
    sha256 = make_archive(archive, {"other/file": "x"})
    with pytest.raises(BenchmarkError, match="expected 0000"):
        unpack_archive(archive, make_source("0" * 64), tmp_path, tmp_path / "one")
    with pytest.raises(BenchmarkError, match=r"one folder 'trap-1\.0'"):
        unpack_archive(archive, make_source(sha256), tmp_path, tmp_path / "two")


def test_an_archive_that_climbs_out_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "trap-1.0.tar.gz"
    sha256 = make_archive(archive, {"trap-1.0/../../evil": "x"})
    with pytest.raises(BenchmarkError, match="cannot be unpacked safely"):
        unpack_archive(archive, make_source(sha256), tmp_path, tmp_path / "one")
    assert not (tmp_path / "evil").exists()


def test_the_cache_may_not_lie_in_the_checkout() -> None:
    with pytest.raises(BenchmarkError, match="inside the checkout"):
        fetch_source(make_source("0" * 64), FOLDER / "cache")


TRAP = "from pathlib import Path\nPath({marker!r}).touch()\n"


@pytest.mark.parametrize("own_backend", [False, True])
def test_fetching_runs_no_code_of_the_archive(tmp_path: Path, own_backend: bool) -> None:
    """A setup.py is not run, and a backend inside the archive makes pip give up unrun."""
    shelf, marker = tmp_path / "shelf", tmp_path / "marker"
    shelf.mkdir()
    trap = TRAP.format(marker=str(marker))
    project = '[build-system]\nrequires = []\nbuild-backend = "setuptools.build_meta"\n'
    members = {
        "trap-1.0/PKG-INFO": "Metadata-Version: 2.1\nName: trap\nVersion: 1.0\n",
        "trap-1.0/setup.py": trap,
        "trap-1.0/pyproject.toml": project + ('backend-path = ["."]\n' if own_backend else ""),
        "trap-1.0/setuptools/__init__.py": trap,
        "trap-1.0/setuptools/build_meta.py": trap,
    }
    sha256 = make_archive(shelf / "trap-1.0.tar.gz", members)
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PIP_CONFIG_FILE": os.devnull}
    code = (
        "import sys; from pathlib import Path; from benchmarks.ask.questions import Source\n"
        "from benchmarks.ask.sources import fetch_source\n"
        "print(fetch_source(Source.model_validate_json(sys.argv[1]), Path(sys.argv[2])))"
    )
    fetched = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            make_source(sha256).model_dump_json(),
            str(tmp_path / "cache"),
        ],
        cwd=FOLDER.parents[1],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not marker.exists()
    assert (fetched.returncode == 0) is not own_backend, fetched.stderr
    if not own_backend:
        assert (Path(fetched.stdout.strip()) / "setup.py").read_text() == trap


def test_a_stand_in_takes_the_dotted_name(tmp_path: Path) -> None:
    put_stand_in("one.two.three", tmp_path / "folder")
    assert (tmp_path / "folder" / "one" / "two" / "three.py").is_file()
    assert (tmp_path / "folder" / "sitecustomize.py").read_text() == "import one.two.three\n"


def test_the_stand_in_hands_on_the_archives_own_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("PKG-INFO").write_text("Metadata-Version: 2.1\nName: a-trap\nVersion: 1.0\n")
    assert stand_in.get_requires_for_build_wheel() == []
    assert stand_in.prepare_metadata_for_build_wheel(str(tmp_path)) == "a_trap-1.0.dist-info"
    copied = tmp_path / "a_trap-1.0.dist-info" / "METADATA"
    assert copied.read_text() == Path("PKG-INFO").read_text()


def test_a_benchmark_that_cannot_start_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--limit", "1", "--cache", str(FOLDER / "cache")]) == 2
    assert "inside the checkout" in capsys.readouterr().err


ANSWERABLE = Question(id="a", source="s", kind="how", text="?", gold=("x.py:1-2",))
UNANSWERABLE = Question(id="u", source="s", kind="where", text="?", absent=("ldap",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "x.py").write_text("one\ntwo\n", "utf-8")
    return folder


PRETENDER = """
import hashlib, json, os, sys
if sys.argv[1] == "index":
    sys.exit("the disk is full" if sys.argv[2].endswith("full") else 0)
root, good = sys.argv[4], os.environ["ROOFTREE_MODEL_NAME"] == "default"
if sys.argv[2].startswith("Where"):
    print(json.dumps({"status": "not_found", "citations": []}))
    sys.exit(1)
data = open(root + "/x.py", "rb").read()
blob = hashlib.sha1(b"blob %d\\0" % len(data) + data).hexdigest()
quote = data.decode().splitlines()[0] if good else "made up"
one = dict(path="x.py", start=1, end=1, commit=None, blob=blob, quote=quote, verified=True)
print(json.dumps({"status": "answered", "citations": [one]}))
"""


@pytest.fixture
def pretender(tmp_path: Path) -> tuple[str, ...]:
    """A command that speaks the contract: it cites the first line, truly only as `default`."""
    script = tmp_path / "pretender.py"
    script.write_text(PRETENDER, "utf-8")
    return (sys.executable, "-I", str(script))


def test_questions_go_through_the_command(root: Path, pretender: tuple[str, ...]) -> None:
    absent = UNANSWERABLE.model_copy(update={"text": "Where?"})
    index_source(root, pretender)
    good = [*ask_all([ANSWERABLE, absent], {"s": root}, "default", pretender)]
    assert [(found.status, found.rank, found.faults) for found in good] == [
        ("answered", 1, ()),
        ("not_found", None, ()),
    ]
    (bad,) = ask_all([ANSWERABLE], {"s": root}, "small", pretender)
    assert bad.faults == ("x.py:1-1: the quote is not those lines",)


def test_a_failed_index_ends_the_benchmark(tmp_path: Path, pretender: tuple[str, ...]) -> None:
    with pytest.raises(BenchmarkError, match="the disk is full"):
        index_source(tmp_path / "full", pretender)


@pytest.mark.parametrize(("model", "code"), [("default", 0), ("small", 1)])
def test_the_exit_code_says_whether_every_citation_holds(
    tmp_path: Path,
    pretender: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    model: str,
    code: int,
) -> None:
    """The whole program over a set of one question, with the archive already in the cache."""
    chosen = load_questions(FOLDER / "questions.toml")
    source, question = chosen.sources[0], chosen.questions[0]
    home = tmp_path / f"{source.name}-{source.version}-{source.sha256[:12]}" / source.folder
    for place in question.places:
        (home / place.path).parent.mkdir(parents=True, exist_ok=True)
        (home / place.path).write_text("line\n" * 2000)
    (home / "x.py").write_text("one\n")
    arguments = ["--limit", "1", "--models", model, "--cache", str(tmp_path)]
    arguments += ["--json", str(tmp_path / "report.json")]
    assert main([*arguments, "--check"], pretender) == 0
    assert main(arguments, pretender) == code
    assert f"## questions, model {model}" in capsys.readouterr().out
    assert model in json.loads((tmp_path / "report.json").read_text("utf-8"))["models"]
