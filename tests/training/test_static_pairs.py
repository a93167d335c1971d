"""What is read out of sources to learn a code embedder from."""

import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import commit_all, git_repository, write_files
from training.static_embedder.pairs.comments import comment_examples, comment_text
from training.static_embedder.pairs.history_pairs import history_examples
from training.static_embedder.pairs.licences import is_permissive, licence_of_npm, licence_of_wheel
from training.static_embedder.pairs.mine import examples_of, mine
from training.static_embedder.pairs.python_pairs import python_examples
from training.static_embedder.pairs.sources import (
    Package,
    SourceFile,
    is_source_path,
    tarball_package,
    tarball_texts,
    wheel_package,
    wheel_texts,
)
from training.static_embedder.pairs.training_examples import (
    COMMENT,
    COMMIT,
    DOCUMENTED,
    NAMED,
    SECTION,
    TESTED,
    TrainingExample,
    read_examples,
)
from training.static_embedder.pairs.tree_pairs import tree_examples

PYTHON = '''
class Queue:
    """A queue that waits."""

    @retry
    def take(self, seconds=None):
        """Remove and return the oldest item.

        It waits for as long as it takes.
        """
        with self.lock:
            # wake up whoever waits for room
            self.room.notify()
            return self.items.popleft()

    def size_of_all(self):
        return sum(len(item) for item in self.items)
'''
GO = """package queue

// Take removes the oldest item and returns it.
// It blocks while the queue is empty.
func (q *Queue) Take() (Item, error) {
\tq.mutex.Lock()
\tdefer q.mutex.Unlock()
\treturn q.items[0], nil
}
"""


def test_a_docstring_and_its_function_are_kept_apart() -> None:
    found = {example.name: example for example in python_examples(PYTHON, "here")}

    take = found["Queue.take"]
    assert (take.kind, take.words) == (DOCUMENTED, "Remove and return the oldest item.")
    assert take.code.startswith("    @retry\n    def take(self, seconds=None):\n        with")
    assert "oldest" not in take.code
    assert (found["Queue.size_of_all"].kind, found["Queue.size_of_all"].words) == (NAMED, "")


def test_a_comment_inside_a_function_goes_with_the_rows_below_it() -> None:
    (take,) = (one for one in python_examples(PYTHON, "here") if one.name == "Queue.take")

    (comment,) = comment_examples(take)

    assert (comment.kind, comment.words) == (COMMENT, "wake up whoever waits for room")
    assert comment.code.split() == ["self.room.notify()", "return", "self.items.popleft()"]


def test_other_languages_are_read_by_the_queries_of_the_index() -> None:
    (example,) = tree_examples("queue.go", GO, "here")

    assert (example.language, example.kind, example.name) == ("go", DOCUMENTED, "Queue.Take")
    assert example.words == (
        "Take removes the oldest item and returns it. It blocks while the queue is empty."
    )
    assert example.code.startswith("func (q *Queue) Take()")


def test_a_heading_goes_with_its_section() -> None:
    text = "# Guide\n\n## How to install a plugin\n\nCopy the file into the `plugins` folder.\n"

    found = [one for one in tree_examples("guide.md", text, "here") if one.kind == SECTION]

    assert [one.words for one in found] == ["How to install a plugin"]
    assert "Copy the file" in found[0].code


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("/**\n * Sends it.\n * @param it what\n */", "Sends it."),
        ("/// Sends <b>it</b>.\n/// Twice.", "Sends it.\nTwice."),
        ("# Sends {@link it}", "Sends it"),
    ],
)
def test_markers_and_tags_are_taken_off_a_comment(comment: str, words: str) -> None:
    assert comment_text(comment) == words


def test_a_test_goes_with_the_one_function_that_it_names() -> None:
    code = "def parse_header(raw):\n    return raw.split(': ', 1)\n"
    test = "def test_parse_header_of_two_parts():\n    assert parse_header('a: b') == ['a', 'b']\n"

    found = list(
        examples_of([SourceFile("http.py", code), SourceFile("tests/test_http.py", test)], "here")
    )

    (tested,) = (one for one in found if one.kind == TESTED)
    assert tested.name == "parse_header"
    assert "parse_header('a: b')" in tested.words
    assert tested.code == code.strip()


def test_a_commit_goes_with_what_stood_there_before(tmp_path: Path) -> None:
    rows = [f"    total += weight_{number} * value_{number}" for number in range(12)]
    before = "def weigh(values):\n    total = 0\n" + "\n".join(rows) + "\n    return total\n"
    after = before.replace("weight_6", "share_6")
    folder = git_repository(tmp_path, {"weigh.py": before})
    write_files(folder, {"weigh.py": after})
    commit_all(folder, "fix: divide the weight by the number of values (#12)")

    (found,) = (one for one in history_examples(folder, "here") if "divide" in one.words)

    assert (found.kind, found.words) == (COMMIT, "divide the weight by the number of values")
    assert "weight_6" in found.code
    assert "share_6" not in found.code


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("BSD License", True),
        ("Apache-2.0 AND MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("GNU Library or Lesser General Public License (LGPL)", False),
        ("MPL-2.0", False),
        ("Other/Proprietary License", False),
        ("", False),
    ],
)
def test_only_permissive_licences_are_learnt_from(licence: str, permissive: bool) -> None:
    assert is_permissive(licence) is permissive


@given(st.text(max_size=200))
def test_any_metadata_can_be_read(text: str) -> None:
    for read in (licence_of_wheel, licence_of_npm):
        version, licence = read(text)
        assert isinstance(version, str)
        assert isinstance(licence, str)


def test_a_licence_is_read_from_the_metadata() -> None:
    assert licence_of_wheel("Version: 1\nLicense-Expression: MIT\n\nbody") == ("1", "MIT")
    assert licence_of_wheel(
        "Version: 2\nLicense: text\nClassifier: License :: OSI Approved :: BSD License\n"
    ) == ("2", "BSD License")
    assert licence_of_npm('{"version": "3", "license": {"type": "ISC"}}') == ("3", "ISC")


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("src/app.py", True),
        ("package/lib/index.mjs", True),
        ("pkg/_vendor/six.py", False),
        ("node_modules/a/index.js", False),
        ("dist/app.min.js", False),
        ("api/types.d.ts", False),
        ("schema_pb2.py", False),
        ("logo.svg", False),
    ],
)
def test_vendored_and_generated_files_are_passed_over(path: str, kept: bool) -> None:
    assert is_source_path(path) is kept


def test_archives_are_read_in_place(tmp_path: Path) -> None:
    wheel, tarball = tmp_path / "thing-1-py3-none-any.whl", tmp_path / "thing-2.tgz"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("thing/queue.py", PYTHON)
        archive.writestr("thing-1.dist-info/METADATA", "Version: 1\nLicense-Expression: MIT\n")
    with tarfile.open(tarball, "w:gz") as archive:
        for name, text in (
            ("package/queue.go", GO),
            ("package/package.json", '{"version": "2", "license": "ISC"}'),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, BytesIO(text.encode()))

    assert wheel_package(wheel) == Package("pypi", "thing", "1", "MIT")
    assert [text.path for text in wheel_texts(wheel)] == ["thing/queue.py"]
    assert tarball_package(tarball) == Package("npm", "thing", "2", "ISC")
    assert [text.text for text in tarball_texts(tarball)] == [GO]


def test_a_restricted_or_reported_package_is_written_down_and_left_out(tmp_path: Path) -> None:
    texts = [SourceFile("queue.py", PYTHON)]
    mine(Package("pypi", "kept", "1", "MIT"), texts, tmp_path)
    mine(Package("pypi", "copyleft", "1", "GPL-3.0"), texts, tmp_path)
    mine(Package("git", "gin", "1", "MIT"), texts, tmp_path)

    kept = list(read_examples(tmp_path / "pypi-kept.jsonl.gz"))

    assert {one.kind for one in kept} == {DOCUMENTED, NAMED, COMMENT}
    assert all(isinstance(one, TrainingExample) for one in kept)
    assert sorted(path.name for path in tmp_path.glob("*.gz")) == ["pypi-kept.jsonl.gz"]
    assert '"examples": 0' in (tmp_path / "pypi-copyleft.json").read_text("utf-8")
    assert '"examples": 0' in (tmp_path / "git-gin.json").read_text("utf-8")
