"""A draft is checked where it is made; applied whole, as approved, or not at all; and undone."""

import os
import resource
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import StorageError, ToolRefusedError, ToolRetryError
from rooftree.git.commands import open_worktree
from tests.support import git, git_repository
from tools.drafts.apply import apply, begin, finish, undo
from tools.drafts.applying.journal import Journal
from tools.drafts.difference import file_difference
from tools.drafts.draft import Draft, load_draft, save_draft
from tools.drafts.protected import protection
from tools.drafts.snapshot import take_snapshot

FILES: dict[str, str | bytes] = {
    "a.py": "a = 1\n",
    "pkg/b.py": "b = 2\n",
    "crlf.txt": b"one\r\ntwo\r\n",
    "latin.txt": b"caf\xe9\n",
    "wide.txt": "caf\xe9 noir\n".encode("utf-16"),
    "no_end.txt": "x",
    "run.sh": "#!/bin/sh\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = git_repository(tmp_path, FILES)
    (repo / "run.sh").chmod(0o755)
    (repo / "link.py").symlink_to("a.py")
    (repo / "linked").symlink_to("pkg")
    (repo / "outside").symlink_to(tmp_path)
    return repo


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run" / "blobs").mkdir(parents=True)
    return tmp_path / "run"


@pytest.fixture
def draft(repo: Path, run: Path) -> Draft:
    return Draft(take_snapshot(open_worktree(repo), run / "blobs"))


def tree(repo: Path) -> dict[str, bytes]:
    listed = git(repo, "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    files = [name for name in listed if (repo / name).is_file()]
    return {name: (repo / name).read_bytes() for name in files if not (repo / name).is_symlink()}


def test_what_is_drafted_is_seen_and_the_tree_is_not_touched(draft: Draft, repo: Path) -> None:
    before = tree(repo)
    changed = draft.with_text("a.py", "a = 2\n").with_text("new/c.py", "c\n")
    assert (changed.text("a.py"), draft.text("a.py")) == ("a = 2\n", "a = 1\n")
    assert changed.paths == ("a.py", "new/c.py")
    assert tree(repo) == before


def test_a_draft_that_changes_nothing_is_empty(draft: Draft) -> None:
    assert draft.with_text("a.py", "a = 2\n").with_text("a.py", "a = 1\n").changes == {}


def test_lines_end_as_they_did(draft: Draft) -> None:
    assert draft.with_text("crlf.txt", "one\nthree\n").content("crlf.txt") == b"one\r\nthree\r\n"


def test_git_applies_the_diff(draft: Draft, repo: Path, tmp_path: Path) -> None:
    changed = (
        draft.with_text("a.py", "a = 2\n")
        .with_text("neu/ä b.py", "c")
        .with_text("no_end.txt", "y\nz")
        .with_content("pkg/b.py", None)
        .with_text("run.sh", "#!/bin/bash\n")
    )
    clone = tmp_path / "clone"
    git(repo, "clone", "-q", str(repo), str(clone))
    command = ["git", "-C", str(clone), "apply", "-"]
    done = subprocess.run(command, input=changed.diff().encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (clone / "neu" / "ä b.py").read_text() == "c"
    assert (clone / "no_end.txt").read_text() == "y\nz"
    assert not (clone / "pkg" / "b.py").exists()


REFUSED = [
    *("../x", "/etc/x", "a/../../x", "x\0y", ".git/config", ".GIT/hooks/pre-commit", "pkg/.git/x"),
    *(".git./config", ".g\u200bit/config", "git~1/config", ".git:x/config", ".\uff47it/x"),
    *(".github/workflows/x.yml", ".GitHub/Workflows/x.yml", ".gitlab-ci.yml", ".vscode/tasks.json"),
    *("AGENTS.md", "sub/CLAUDE.md", ".rooftree.toml", ".envrc", ".husky/pre-push", ".mcp.json"),
    *(".env", "id_rsa", "pkg/key.pem", "link.py", "linked/x.py", "conf\\x"),
    *("outside", "outside/x.py", ".venv/lib/x.pth", "x.pth", "node_modules/a/index.js"),
]


@pytest.mark.parametrize("path", REFUSED)
def test_what_must_not_change_is_refused_whether_it_exists_or_not(draft: Draft, path: str) -> None:
    with pytest.raises(ToolRefusedError):
        draft.with_text(path, "x\n")
    assert draft.changes == {}


def test_a_guarded_file_may_change_where_a_person_names_it(draft: Draft) -> None:
    allowed = Draft(draft.snapshot, {}, frozenset({"AGENTS.md", ".git/config"}))
    assert allowed.with_text("AGENTS.md", "x\n").paths == ("AGENTS.md",)
    with pytest.raises(ToolRefusedError):
        allowed.with_text(".git/config", "x\n")


def test_a_file_and_a_folder_cannot_have_one_name(draft: Draft) -> None:
    for path in ("pkg", "a.py/x.py"):
        with pytest.raises(ToolRetryError, match="in the way"):
            draft.with_text(path, "x\n")


@pytest.mark.parametrize(
    "hidden",
    [
        *("\u202e", "\u2066", "\u200b", "\x1b", "\U000e0041", "\xad", "\u034f", "\U0001d173"),
        *("# b\rc()", "// b\u2028c()", "\u2029", "\x85", "a\ufe0f", "a\u200db"),
    ],
)
def test_no_edit_adds_what_nobody_sees(draft: Draft, hidden: str) -> None:
    """Who approves a diff would not see it either."""
    for path in ("a.py", "new.py"):
        with pytest.raises(ToolRetryError, match="which nobody sees"):
            draft.with_text(path, f"a = '{hidden}'\n")
    there = draft.with_content("a.py", f"a = '{hidden}'\n".encode())
    assert there.with_text("a.py", f"b = '{hidden}'\n").paths == ("a.py",)


def test_an_edit_may_add_what_text_is_made_of(draft: Draft) -> None:
    """Joiners in their places are seen by what they join; a return before a feed ends a line."""
    for text in ("'👨‍💻 ❤️ ⚠️ 1️⃣'\n", "'فایل‌ها'\n", "'क्‍ष'\n", "a\r\nb\r\n"):
        assert draft.with_text("new.py", text).paths == ("new.py",)


def test_only_text_can_be_edited(draft: Draft) -> None:
    with pytest.raises(ToolRefusedError, match="neither UTF-8 nor other text"):
        draft.text("wide.txt")
    with pytest.raises(ToolRetryError, match="no file"):
        draft.text("missing.py")


def test_nothing_is_written_where_one_place_turns_out_to_be_a_link(
    draft: Draft, repo: Path, run: Path, tmp_path: Path
) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_text("new/c.py", "c\n")
    (repo / "new").symlink_to(tmp_path)
    before = tree(repo)
    with pytest.raises(ToolRefusedError, match="behind a link"):
        apply(changed, changed.digest, run)
    assert tree(repo) == before
    assert Journal.load(run) is None


def test_what_was_approved_is_applied_whole_and_undone(draft: Draft, repo: Path, run: Path) -> None:
    before = tree(repo)
    changed = draft.with_text("a.py", "a = 2\n").with_text("new/deep/c.py", "c\n")
    changed = changed.with_content("pkg/b.py", None).with_text("run.sh", "#!/bin/bash\n")
    journal = apply(changed, changed.digest, run)
    assert tree(repo) == {
        **{name: data for name, data in before.items() if name != "pkg/b.py"},
        "a.py": b"a = 2\n",
        "new/deep/c.py": b"c\n",
        "run.sh": b"#!/bin/bash\n",
    }
    assert (repo / "run.sh").stat().st_mode & 0o111
    undo(changed.snapshot, journal, run)
    assert tree(repo) == before
    assert not (repo / "new").exists()
    kept = Journal.load(run)
    assert kept is not None
    assert kept.state == "undone"
    with pytest.raises(ToolRefusedError, match="already"):
        undo(changed.snapshot, kept, run)


def test_what_changed_after_the_approval_is_not_applied(
    draft: Draft, repo: Path, run: Path
) -> None:
    approved = draft.with_text("a.py", "a = 2\n").digest
    other = draft.with_text("a.py", "a = 3\n")
    with pytest.raises(ToolRefusedError, match="approve it again"):
        apply(other, approved, run)
    assert (repo / "a.py").read_text() == "a = 1\n"
    assert Journal.load(run) is None


def test_an_edit_of_somebody_else_stops_everything(draft: Draft, repo: Path, run: Path) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_text("pkg/b.py", "b = 3\n")
    (repo / "pkg" / "b.py").write_text("mine\n")
    with pytest.raises(ToolRefusedError, match=r"pkg/b\.py changed since"):
        apply(changed, changed.digest, run)
    assert (repo / "a.py").read_text() == "a = 1\n"


def test_a_new_file_that_is_there_by_now_is_not_overwritten(
    draft: Draft, repo: Path, run: Path
) -> None:
    changed = draft.with_text("c.py", "c\n")
    (repo / "c.py").write_text("mine\n")
    with pytest.raises(ToolRefusedError, match="changed since"):
        apply(changed, changed.digest, run)
    assert (repo / "c.py").read_text() == "mine\n"


def test_a_later_edit_stops_the_undoing(draft: Draft, repo: Path, run: Path) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_text("c.py", "c\n")
    journal = apply(changed, changed.digest, run)
    (repo / "a.py").write_text("mine\n")
    with pytest.raises(ToolRefusedError, match="nothing was undone"):
        undo(changed.snapshot, journal, run)
    assert (repo / "c.py").exists()


def test_a_crash_in_the_middle_is_finished(draft: Draft, repo: Path, run: Path) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_text("pkg/b.py", "b = 3\n")
    begin(changed, run)
    (repo / "a.py").write_text("a = 2\n")  # the first of two was written, and then the power went
    journal = Journal.load(run)
    assert journal is not None
    assert finish(changed.snapshot, journal, run).state == "applied"
    assert (repo / "pkg" / "b.py").read_text() == "b = 3\n"
    undo(changed.snapshot, journal, run)
    assert (repo / "a.py").read_text() == "a = 1\n"


def test_what_somebody_wrote_after_a_crash_is_not_overwritten(
    draft: Draft, repo: Path, run: Path
) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_text("pkg/b.py", "b = 3\n")
    begin(changed, run)
    (repo / "a.py").write_text("a = 2\n# mine\n")
    journal = Journal.load(run)
    assert journal is not None
    finished = finish(changed.snapshot, journal, run)
    assert (repo / "a.py").read_text() == "a = 2\n# mine\n"
    assert (repo / "pkg" / "b.py").read_text() == "b = 3\n"
    assert (finished.state, finished.left) == ("applied", ("a.py",))
    assert finished.notes == ("'a.py' was edited by somebody; it was left as it is",)


def test_what_was_made_of_an_applied_change_stays(draft: Draft, repo: Path, run: Path) -> None:
    changed = draft.with_text("a.py", "a = 2\n")
    journal = apply(changed, changed.digest, run)
    (repo / "a.py").write_text("a = 2\n# an hour's work\n")
    finish(changed.snapshot, journal, run)
    assert (repo / "a.py").read_text() == "a = 2\n# an hour's work\n"


def test_a_change_that_cannot_be_applied_whole_is_taken_back(
    draft: Draft, repo: Path, run: Path
) -> None:
    """The second file is larger than this process may write."""
    before = tree(repo)
    large = b"x" * 10_000
    changed = Draft(draft.snapshot, {"a.py": b"a = 2\n", "large.py": large})
    draft.snapshot.store_bytes(large)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"cannot write 'large\.py'"):
            apply(changed, changed.digest, run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert tree(repo) == before
    journal = Journal.load(run)
    assert journal is not None
    assert journal.state == "undone"


def test_a_name_that_is_too_long_is_refused_before_anything_is_written(
    draft: Draft, repo: Path, run: Path
) -> None:
    changed = Draft(draft.snapshot, {"a.py": b"a = 2\n", "x" * 300 + ".py": b"new\n"})
    with pytest.raises(StorageError, match="cannot write"):
        apply(changed, changed.digest, run)
    assert (repo / "a.py").read_text() == "a = 1\n"
    assert Journal.load(run) is None


@pytest.mark.parametrize("name", ["漢" * 83 + ".py", "n" * 252 + ".py"])
def test_a_name_may_be_as_long_as_the_file_system_takes(
    draft: Draft, repo: Path, run: Path, name: str
) -> None:
    changed = draft.with_text(name, "x = 1\n")
    apply(changed, changed.digest, run)
    assert (repo / name).read_text() == "x = 1\n"
    assert not list(repo.glob(".*.rooftree"))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_modes_are_the_users_own(draft: Draft, repo: Path, run: Path, mode: int) -> None:
    (repo / "a.py").chmod(mode)
    changed = draft.with_text("a.py", "a = 2\n").with_text("new.py", "n = 1\n")
    before = os.umask(0o077)
    try:
        journal = apply(changed, changed.digest, run)
    finally:
        os.umask(before)
    assert stat.S_IMODE((repo / "a.py").stat().st_mode) == mode
    assert stat.S_IMODE((repo / "new.py").stat().st_mode) == 0o600
    undo(changed.snapshot, journal, run)
    assert stat.S_IMODE((repo / "a.py").stat().st_mode) == mode


def test_links_are_never_followed(draft: Draft, repo: Path, run: Path, tmp_path: Path) -> None:
    """A folder becomes a link to somewhere else between the draft and its application."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.py").write_text("b = 2\n")
    changed = draft.with_text("pkg/b.py", "b = 3\n")
    (repo / "pkg" / "b.py").unlink()
    (repo / "pkg").rmdir()
    (repo / "pkg").symlink_to(outside)
    with pytest.raises(ToolRefusedError):
        apply(changed, changed.digest, run)
    assert (outside / "b.py").read_text() == "b = 2\n"


def test_a_file_with_a_second_name_is_not_touched(
    draft: Draft, repo: Path, run: Path, tmp_path: Path
) -> None:
    changed = draft.with_text("a.py", "a = 2\n")
    os.link(repo / "a.py", tmp_path / "second")
    with pytest.raises(ToolRefusedError, match="second name"):
        apply(changed, changed.digest, run)
    assert (tmp_path / "second").read_text() == "a = 1\n"


def test_a_folder_that_is_swapped_all_the_time_never_leads_outside(
    draft: Draft, repo: Path, run: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            try:
                (repo / "pkg").rename(repo / "gone")
                (repo / "pkg").symlink_to(outside)
                (repo / "pkg").unlink()
                (repo / "gone").rename(repo / "pkg")
            except OSError:
                continue

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for number in range(150):
            changed = draft.with_text("pkg/b.py", f"b = {number}\n")
            try:
                undo(changed.snapshot, apply(changed, changed.digest, run), run)
            except (ToolRefusedError, FileNotFoundError):
                continue
    finally:
        stop.set()
        swapping.join()
    assert list(outside.iterdir()) == []


def test_a_draft_is_kept_and_read_back(draft: Draft, run: Path) -> None:
    changed = draft.with_text("a.py", "a = 2\n").with_content("pkg/b.py", None)
    save_draft(changed, run)
    assert load_draft(draft.snapshot, run).digest == changed.digest
    for kept in (run / "blobs").iterdir():
        kept.write_bytes(b"other")
    with pytest.raises(StorageError, match="no longer kept"):
        load_draft(draft.snapshot, run)


@given(st.text(max_size=60))
def test_no_name_gets_past_the_protection_of_git(name: str) -> None:
    for path in (f".git/{name}", f"x/.GIT/{name}", f".git\u200d/{name}", f".git ./{name}"):
        assert protection(path) == "never"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_two_contents_have_a_difference(before: bytes, after: bytes) -> None:
    told = file_difference("x", before, after, 0o644)
    assert (told == "") == (before == after)
