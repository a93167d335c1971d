"""The read tool shows indexed files, as the index saw them, and nothing else."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.repository.repository import Repository
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.git.commands import blob_hash
from tests.agents.scenes import small_config
from tests.secrets_corpus import planted_file, planted_secrets
from tests.support import git_repository, indexed
from tests.support.eighths import examples
from tools.model_tools.read import MAX_FILE_BYTES, MAX_LINES, ReadTool, read_lines

LONG = "".join(f"line {number}\n" for number in range(1, 1001))
FILES: dict[str, str | bytes] = {
    "src/app.py": "import os\n\n\ndef main() -> None:\n    print(os.getcwd())\n",
    "src/long.md": LONG,
    "src/settings.py": planted_file("aws-key"),
    "docs/caf\xe9.md": "# Caf\xe9\n",
    ".gitignore": "ignored.py\nprivate/\n",
    "image.png": b"\x89PNG\r\n\x1a\n\0\0\0",
    "id_rsa": "not even a key\n",
    ".env": "A=1\n",
}


def full_house(tmp_path: Path) -> Repository:
    """Index a repository with every kind of thing that must not be read."""
    root = git_repository(tmp_path, FILES)
    (root / "ignored.py").write_text("SECRET = 1\n")
    (root / "private").mkdir()
    (root / "private/notes.md").write_text("# mine\n")
    (root / "link.py").symlink_to(root / "src/app.py")
    (root / "outside.py").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe.py")
    (tmp_path / "neighbour.py").write_text("X = 1\n")
    return indexed(root, small_config(tmp_path))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository that no test changes."""
    return full_house(tmp_path_factory.mktemp("house"))


async def test_lines_are_counted_from_one_and_the_blob_is_named(repository: Repository) -> None:
    tool = ReadTool(repository)
    text = await tool.read("src/app.py", 4, 5)
    assert text == "src/app.py:4-5\ndef main() -> None:\n    print(os.getcwd())"
    [excerpt] = tool.excerpts
    assert excerpt.blob == blob_hash(str(FILES["src/app.py"]).encode())


async def test_a_file_of_a_name_beyond_ascii_can_be_read(repository: Repository) -> None:
    assert "Café" in await ReadTool(repository).read("docs/café.md")


@pytest.mark.parametrize(
    "path",
    [
        "ignored.py",
        "private/notes.md",
        "id_rsa",
        ".env",
        "image.png",
        "link.py",
        "outside.py",
        "pipe.py",
        "src",
        "src/",
        "none.py",
        "../neighbour.py",
        "src/../../neighbour.py",
        "src/../src/app.py",
        "./src/app.py",
        "src//app.py",
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "..\\..\\etc\\passwd",
        "src/app.py\0",
        "src/app.py\0.md",
        "SRC/APP.PY",
        ".git/config",
        ".git/HEAD",
        "",
        "~/.ssh/id_rsa",
        "file:///etc/passwd",
        "C:/windows/win.ini",
        "src/\udcff.py",
        "\ud800",
        "a" * 10_000,
        "src/app.py' OR '1'='1",
    ],
)
def test_everything_but_an_indexed_file_is_refused(repository: Repository, path: str) -> None:
    with pytest.raises(ToolRefusedError):
        read_lines(repository, path, 1, 10)


@pytest.mark.parametrize("swap", ["symlink", "fifo", "folder", "gone"])
def test_what_took_the_place_of_an_indexed_file_is_refused(tmp_path: Path, swap: str) -> None:
    repository = full_house(tmp_path)
    path = repository.worktree.root / "src/app.py"
    path.unlink()
    if swap == "symlink":
        path.symlink_to("/etc/passwd")
    elif swap == "fifo":
        os.mkfifo(path)
    elif swap == "folder":
        path.mkdir()
    with pytest.raises(ToolRefusedError):
        read_lines(repository, "src/app.py", 1, 10)


def test_a_file_that_became_binary_is_refused(tmp_path: Path) -> None:
    repository = full_house(tmp_path)
    (repository.worktree.root / "src/app.py").write_bytes(b"\0\1\2" * 100)
    with pytest.raises(ToolRefusedError, match="binary"):
        read_lines(repository, "src/app.py", 1, 10)


def test_a_file_that_grew_beyond_reason_is_refused(tmp_path: Path) -> None:
    repository = full_house(tmp_path)
    os.truncate(repository.worktree.root / "src/app.py", MAX_FILE_BYTES + 1)
    with pytest.raises(ToolRefusedError, match="bytes, more than"):
        read_lines(repository, "src/app.py", 1, 10)


def test_what_is_read_is_redacted(repository: Repository) -> None:
    excerpt = read_lines(repository, "src/settings.py", 1, 50)
    assert planted_secrets()["aws-key"] not in excerpt.text
    assert "«redacted:" in excerpt.text


@pytest.mark.parametrize(
    ("start", "end"), [(0, 5), (-1, 5), (5, 4), (1002, 1003), (10**30, 10**31)]
)
def test_a_range_that_is_none_may_be_corrected(
    repository: Repository, start: int, end: int
) -> None:
    with pytest.raises(ToolRetryError):
        read_lines(repository, "src/long.md", start, end)


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [(1, 10**30, MAX_LINES), (990, 2000, 1001), (5, 5, 5), (801, 1000, 1000)],
)
def test_at_most_so_many_lines_are_read_at_once(
    repository: Repository, start: int, end: int, last: int
) -> None:
    excerpt = read_lines(repository, "src/long.md", start, end)
    assert (excerpt.start, excerpt.end) == (start, last)
    assert len(excerpt.text.split("\n")) == last - start + 1


def test_an_unindexed_repository_shows_nothing(tmp_path: Path) -> None:
    root = git_repository(tmp_path, FILES)
    with pytest.raises(ToolRefusedError, match="not among the indexed files"):
        read_lines(Repository(root, small_config(tmp_path), None), "src/app.py", 1, 5)


@examples(80)
@given(path=st.text(max_size=30) | st.text(alphabet="./\\ab~\0", max_size=12))
def test_no_text_makes_it_read_what_is_not_indexed(repository: Repository, path: str) -> None:
    with pytest.raises(ToolRefusedError):
        read_lines(repository, path, 1, 5)
