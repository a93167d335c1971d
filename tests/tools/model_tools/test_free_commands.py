"""Which commands need nobody's approval: exact lists, and nothing that looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.eighths import examples
from tools.model_tools.running.free_commands import SHELL_SIGNS, named_run, only_reads, plain_words
from tools.projects.operations import Project, ProjectOperation

PYTEST = ProjectOperation(
    *("pytest", "test", ("{python}", "-m", "pytest", "-q", "{tests}"), "pytest", True, True)
)
NPM = ProjectOperation("npm test", "test", ("npm", "test", "--silent", "--", "--verbose"))
CARGO = ProjectOperation("cargo test", "test", ("cargo", "test", "--offline"), "cargo")
GO = ProjectOperation("go test", "test", ("go", "test", "-json", "./..."), "go")
NODE = ProjectOperation("node --test", "test", ("node", "--test"))
PROJECT = Project((PYTEST, NPM, CARGO, GO, NODE), ("tests/test_a.py",))


@pytest.mark.parametrize(
    ("command", "operation", "tests"),
    [
        ("pytest", PYTEST, ()),
        ("pytest -q", PYTEST, ()),
        ("python -m pytest tests/test_a.py::test_b -x", PYTEST, ("tests/test_a.py::test_b",)),
        ("python3 -m pytest tests", PYTEST, ("tests",)),
        ("npm test", NPM, ()),
        ("npm test --silent -- --verbose", NPM, ()),
        ("cargo test", CARGO, ()),
        ("go test ./...", GO, ()),
        ("node --test", NODE, ()),
    ],
)
def test_an_operation_is_named_as_people_write_it(
    command: str, operation: ProjectOperation, tests: tuple[str, ...]
) -> None:
    words = plain_words(command)
    assert words is not None
    found = named_run(PROJECT, words)
    assert found is not None
    assert (found.operation, found.tests) == (operation, tests)


@pytest.mark.parametrize(
    "command",
    [
        *("pytest; x", "pytest && x", "pytest | tee x", "pytest > x", "pytest $(x)", "pytest `x`"),
        *("pytest\nx", "pytest\rx", "pytest\\\nx", "pytest & x", "(pytest)", "A=1 pytest"),
        *("pytest -p evil", "pytest --rootdir=/", "pytest -c evil.ini", "pytest -o python_files=x"),
        *(
            "pytest ../outside",
            "pytest /etc/passwd",
            "python -m pytest -",
            "npm test -- --config=x",
        ),
        *("npm run evil", "npm", "node evil.js", "node", "cargo test --config x", "cargo run"),
        *(
            "python evil.py",
            "python -c x",
            "python -m evil",
            "go test -exec ./evil ./...",
            "go run .",
        ),
        *("", "   ", "'", '"pytest'),
    ],
)
def test_what_only_looks_like_an_operation_is_none(command: str) -> None:
    words = plain_words(command)
    found = named_run(PROJECT, words) if words else None
    assert found is None or not all("/" not in one for one in found.tests)
    assert found is None


@pytest.mark.parametrize(
    "command",
    [
        *("ls", "ls -la shop", "cat shop/cart.py", "head -n 20 a", "tail -5 a", "wc -l a b"),
        *("grep -rn price shop", "grep -e x -A 3 a", "find . -name *.py -maxdepth 2", "pwd"),
        *("sed -n 10,20p a.py", "sort -rn a", "uniq -c a", "cut -d , -f 1 a", "diff -u a b"),
        *("tree -L 2", "nl -b a x", "stat a", "which -a python", "find . -type f -not -name x"),
    ],
)
def test_a_command_that_can_only_read_is_free(command: str) -> None:
    words = plain_words(command)
    assert words is not None
    assert only_reads(words)


@pytest.mark.parametrize(
    "command",
    [
        *("find . -exec x", "find . -execdir x", "find . -ok x", "find . -delete", "find -fls x"),
        *("find . -fprint x", "find . -fprintf x y", "find . -name", "git -c core.pager=x log"),
        *("sed -i s/a/b/ x", "sed w x", "sed -n wx a", "sed -n 1,2w a", "sed -n 1e a", "sed 1p a"),
        *("sed -n 1p -i", "sed -f x y", "sort -o x a", "sort --output=x a", "sort -T x a"),
        *("sort --compress-program=x a", "uniq a b", "grep -f x", "grep --include=x a", "xargs x"),
        *(
            "tail -f a",
            "tail --pid=1 a",
            "tree -o x",
            "diff --to-file=x a",
            "cat --help=x",
            "awk 1",
        ),
        *(
            "tee x",
            "rm x",
            "cp a b",
            "mv a b",
            "chmod 7 a",
            "python",
            "sh",
            "bash",
            "env",
            "nice x",
        ),
        *(
            "file -m x",
            "file -C",
            "date -s x",
            "less a",
            "more a",
            "vi a",
            "ls --color=x",
            "head -z",
        ),
        *("cut --output-delimiter=x a", "nl -z a", "wc --files0-from=x", "which --skip-dot a"),
    ],
)
def test_a_command_that_could_write_or_start_something_is_not(command: str) -> None:
    words = plain_words(command)
    assert words is None or not only_reads(words)


@given(st.text(max_size=60))
@examples(300)
def test_no_sign_of_a_shell_is_ever_in_plain_words(command: str) -> None:
    words = plain_words(command)
    if words is not None:
        assert SHELL_SIGNS.isdisjoint(command)
        only_reads(words)
        named_run(PROJECT, words)
