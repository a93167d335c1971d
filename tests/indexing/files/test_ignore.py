import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from indexing.files.ignore import IgnoreStack, parse_rules
from indexing.secrets.paths import denied, denied_folder
from tests.support.eighths import examples

NAMES = [
    b"a",
    b"b",
    b"ab",
    b"foo",
    b"a.py",
    b"[a]",
    b"a\\",
    b"\xc3\xa9",
    b"\xff",
    b"!a",
    b"#a",
    b"B",
]
NAMES += [b"a ", b"*", b" ", b"-", b"]", b"a b"]
FOLDERS = [b"a", b"b", b"foo", b"\xc3\xa9"]
FRAGMENTS = [
    *(b"a", b"b", b"ab", b"foo", b".py", b"*.py", b"B", b"\xc3\xa9", b"\xff", b"\r", b"\0", b"."),
    *(b"*", b"**", b"***", b"?", b"/", b"/", b"/**/", b"**/", b"/**", b"\\", b"\\*", b" ", b"\\ "),
    *(b"[a-c]", b"[!a]", b"[^b]", b"[]a]", b"[a", b"[a-", b"[\\]]", b"[--a]", b"[a/]", b"[b-a]"),
    *(b"[[:alpha:]]", b"[[:upper:]]", b"[[:foo:]]", b"[[:]", b"[[:alnum", b"[!-~]", b"[a-\\c]"),
    *(b"!", b"#", b"\\!", b"\\#", b"\\/", b"\\a", b"\xef\xbb\xbf"),
]
LINES = st.tuples(
    st.sampled_from([b"", b"", b"", b"!"]),
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map(b"".join),
    st.sampled_from([b"", b"", b"/"]),
).map(b"".join)
CONTENTS = st.tuples(
    st.lists(LINES, min_size=1, max_size=4).map(b"\n".join), st.sampled_from([b"", b"\n"])
).map(b"".join)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A tree three folders deep with odd names, inside a git repository."""
    root = os.fsencode(tmp_path_factory.mktemp("tree"))
    subprocess.run(["git", "init", "-q", root], check=True)

    def fill(folder: bytes, depth: int) -> None:
        for name in NAMES:
            if depth < 3 and name in FOLDERS[: 4 - depth]:
                Path(os.fsdecode(folder + b"/" + name)).mkdir()
                fill(folder + b"/" + name, depth + 1)
            else:
                Path(os.fsdecode(folder + b"/" + name)).touch()

    fill(root, 0)
    return root


def listed_by_git(root: bytes) -> set[bytes]:
    done = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--others", "--exclude-standard"],
        env={"PATH": os.environ["PATH"], "HOME": os.fsdecode(root)},
        capture_output=True,
        check=True,
    )
    return set(done.stdout.split(b"\0")) - {b""}


def listed_by_us(root: bytes) -> set[bytes]:
    found: set[bytes] = set()
    waiting = [(b"", IgnoreStack())]
    while waiting:
        base, stack = waiting.pop()
        own = Path(os.fsdecode(root + b"/" + base + b".gitignore"))
        if own.exists():
            stack = stack.with_file(base, own.read_bytes())
        for entry in os.scandir(root + b"/" + base):
            path = base + entry.name
            if path == b".git" or stack.ignores(path, entry.is_dir()):
                continue
            if entry.is_dir():
                waiting.append((path + b"/", stack))
            else:
                found.add(path)
    return found


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outer=CONTENTS, inner=st.none() | CONTENTS, innermost=st.none() | CONTENTS)
def test_we_leave_out_what_git_leaves_out(
    tree: bytes, outer: bytes, inner: bytes | None, innermost: bytes | None
) -> None:
    for folder, content in ((b"", outer), (b"a/", inner), (b"a/b/", innermost)):
        own = Path(os.fsdecode(tree + b"/" + folder + b".gitignore"))
        own.unlink(missing_ok=True)
        if content is not None:
            own.write_bytes(content)
    assert listed_by_us(tree) == listed_by_git(tree)


@pytest.mark.parametrize(
    ("content", "path", "ignored"),
    [
        (b"*.log\n!keep.log\n", b"x/keep.log", False),
        (b"*.log\n!keep.log\n", b"x/other.log", True),
        (b"/only\n", b"x/only", False),
        (b"a/b\n", b"x/a/b", False),
        (b"a/**/b\n", b"a/b", True),
        (b"a/**/b\n", b"a/x/y/b", True),
        (b"a**/b\n", b"ax/y/b", True),
        (b"name \n", b"name", True),
        (b"name\\ \n", b"name ", True),
        (b"\\#x\n", b"#x", True),
        (b"caf?\n", "café".encode(), False),
        (b"caf??\r\n", "café".encode(), True),
        (b"\xef\xbb\xbfa\n", b"a", True),
        (b"[z-\n", b"z", False),
        (b"a\\\n", b"a\\", False),
        (b"Name\n", b"name", False),
        (b"folder/\n", b"folder", False),
    ],
)
def test_single_rules_mean_what_git_means(content: bytes, path: bytes, ignored: bool) -> None:
    assert IgnoreStack().with_file(b"", content).ignores(path, is_folder=False) is ignored


def test_the_deeper_file_wins() -> None:
    stack = IgnoreStack().with_file(b"", b"*.log\n").with_file(b"x/", b"!a.log\n")
    assert not stack.ignores(b"x/a.log", is_folder=False)
    assert stack.ignores(b"x/b.log", is_folder=False)


def test_comments_and_empty_lines_are_no_rules() -> None:
    assert parse_rules(b"\n# x\n   \n/\n!\n\r\n") == ()


@pytest.mark.parametrize("pattern", [b"*a" * 60 + b"b", b"**/a/" * 40 + b"b", b"a/*?" * 30 + b"b"])
def test_a_pattern_of_many_stars_is_answered(pattern: bytes) -> None:
    """Its time must not double with every star: git's own matcher would not come back."""
    stack = IgnoreStack().with_file(b"", pattern)
    assert not stack.ignores(b"a/" * 1000 + b"a" * 200, is_folder=False)
    assert not stack.ignores(b"a" * 250, is_folder=False)


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "x/.env.production", ".ENV", ".envrc", "prod.env", "server.pem", "x/tls.KEY"),
        *("a.p12", "a.pfx", "a.jks", "a.keystore", "a.kdbx", "id_rsa", ".ssh/id_ed25519", "id_dsa"),
        *("id_ecdsa", "id_rsa.bak", ".npmrc", ".pypirc", ".netrc", "_netrc", ".git-credentials"),
        *(".htpasswd", "home/.aws/credentials", ".docker/config.json", "x/kubeconfig"),
        *(".kube/config", "terraform.tfstate", "x.tfstate.backup", "office.ovpn", ".vault-token"),
        *(".git/config", "x/.GIT/hooks/pre-commit", ".hg/store", "x/.svn/entries", ".git"),
        *(".ssh/config", ".env.local\nx", "a/.gnupg/x"),
    ],
)
def test_homes_of_secrets_are_denied(path: str) -> None:
    assert denied(path)


@pytest.mark.parametrize(
    "path",
    [
        *(".env.example", "x/.env.sample", ".env.template", ".env.local.example", "example/a.py"),
        *("id_rsa.pub", "id_rsa_utils.py", "keys.py", "monkey.py", "config.json", "docker/x.json"),
        *("environment.yml", ".github/x.yml", ".gitignore", "aws/credentials.py", "tfstate.py"),
        *("kube/config", ".environment/a.py", "git/x.py", "pem.py", "keystore.java"),
    ],
)
def test_ordinary_files_are_not_denied(path: str) -> None:
    assert not denied(path)


def test_folders_of_version_control_and_keys_are_denied_whole() -> None:
    assert denied_folder("x/.Git")
    assert denied_folder(".ssh")
    assert not denied_folder("x/git")
