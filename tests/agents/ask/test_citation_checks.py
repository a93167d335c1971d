"""A citation holds only where the bytes are: for every kind of file and every change."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ask.citation_groups import single_hit_group
from agents.ask.citations import Citation, CitationChecker
from indexing.files.decode import decode
from indexing.repository.repository import Repository
from indexing.search.search import Hit
from indexing.secrets.redact import redact
from rooftree.git.commands import blob_hash
from tests.agents.scenes import CART, SHOP, best_hits, checker_of, small_config, staged
from tests.secrets_corpus import planted_file, planted_secrets
from tests.support import commit_all, git, git_repository, indexed, write_files
from tests.support.eighths import examples

QUERY = "How are items put into the cart?"


def shop(tmp_path: Path, files: dict[str, str | bytes] | None = None) -> Repository:
    root = git_repository(tmp_path, SHOP if files is None else files)
    return indexed(root, small_config(tmp_path))


def cited(repository: Repository, query: str = QUERY) -> list[tuple[Hit, Citation | None]]:
    hits, commit = best_hits(repository, query)
    assert hits
    checker = CitationChecker(repository, commit)
    return [(hit, checker.check(single_hit_group(hit))) for hit in hits]


def cart_hit(repository: Repository) -> Hit:
    return next(hit for hit in best_hits(repository, QUERY)[0] if hit.path == "shop/cart.py")


def assert_holds(repository: Repository, citation: Citation) -> None:
    """Check a citation the way a suspicious reader would: with git and the file's own bytes."""
    root = repository.worktree.root
    data = (root / citation.path).read_bytes()
    if citation.commit is not None:
        assert git(root, "cat-file", "-t", citation.commit) == "commit"
        assert git(root, "rev-parse", f"{citation.commit}:{citation.path}") == citation.blob
    assert blob_hash(data) == citation.blob
    decoded = decode(data)
    assert decoded is not None
    lines = redact(decoded.text).split("\n")
    assert 1 <= citation.start <= citation.end <= len(lines)
    assert citation.quote == "\n".join(lines[citation.start - 1 : citation.end])
    assert citation.verified


def test_every_hit_of_a_clean_repository_is_verified_against_its_commit(tmp_path: Path) -> None:
    repository = shop(tmp_path)
    for _, citation in cited(repository):
        assert citation is not None
        assert citation.commit == repository.worktree.commit
        assert_holds(repository, citation)


FILES: dict[str, bytes] = {
    "crlf": CART.replace("\n", "\r\n").encode(),
    "utf-8 with a mark": b"\xef\xbb\xbf" + CART.encode(),
    "utf-16": CART.encode("utf-16"),
    "utf-16 without a mark": CART.encode("utf-16-le"),
    "latin-1": CART.replace("customer", "caf\xe9 customer").encode("latin-1"),
    "form feeds": CART.replace("\n\n    def", "\n\x0c\n    def").encode(),
    "unicode line ends": CART.replace("customer", "cus\u2028tomer\x85").encode(),
    "no last line end": CART.rstrip("\n").encode(),
    "a last line of blanks": CART.encode() + b"   ",
}


@pytest.mark.parametrize("kind", FILES)
def test_any_encoding_and_line_end_is_quoted_as_the_file_has_it(tmp_path: Path, kind: str) -> None:
    repository = shop(tmp_path, {"shop/cart.py": FILES[kind]})
    checked = cited(repository)
    assert any("add_item" in hit.symbol for hit, _ in checked)
    for _, citation in checked:
        assert citation is not None
        assert_holds(repository, citation)


@pytest.mark.parametrize("kind", ["aws-key", "password", "jwt", "private-key"])
def test_a_quote_is_redacted_and_its_blob_is_that_of_the_file(tmp_path: Path, kind: str) -> None:
    repository = shop(tmp_path, {"shop/settings.py": planted_file(kind)})
    secret = planted_secrets()[kind]
    quotes = []
    for _, citation in cited(repository, "settings of the shop retries connect secret key"):
        assert citation is not None
        assert_holds(repository, citation)
        quotes.append(citation.quote)
    assert not any(part in quote for quote in quotes for part in secret.split("\n"))
    assert any("«redacted:" in quote for quote in quotes)


def test_sha256_repositories_have_sha256_blobs(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "--quiet", "--object-format=sha256")
    write_files(root, SHOP)
    commit_all(root)
    repository = indexed(root, small_config(tmp_path))
    for _, citation in cited(repository):
        assert citation is not None
        assert len(citation.blob) == 64
        assert git(root, "rev-parse", f"HEAD:{citation.path}") == citation.blob


def test_a_changed_file_is_cited_from_the_commit_that_was_indexed(tmp_path: Path) -> None:
    repository = shop(tmp_path)
    hit = cart_hit(repository)
    commit = repository.worktree.commit
    (repository.worktree.root / hit.path).write_text("def other():\n    return 1\n")
    citation = CitationChecker(repository, commit).check(single_hit_group(hit))
    assert citation is not None
    assert citation.commit == commit
    old = git(repository.worktree.root, "show", f"{commit}:{hit.path}").split("\n")
    assert citation.quote == "\n".join(old[hit.start - 1 : hit.end])


def test_a_file_that_is_not_as_committed_has_no_commit(tmp_path: Path) -> None:
    root = git_repository(tmp_path, SHOP)
    write_files(root, {"shop/cart.py": CART + "\n\nEXTRA = 1\n"})
    repository = indexed(root, small_config(tmp_path))
    citation = checker_of(repository).check(single_hit_group(cart_hit(repository)))
    assert citation is not None
    assert citation.commit is None
    assert_holds(repository, citation)


def test_a_file_that_was_never_committed_and_changed_is_rejected(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"README.md": "# Shop\n"})
    write_files(root, SHOP)
    repository = indexed(root, small_config(tmp_path))
    hit = cart_hit(repository)
    checker = checker_of(repository)
    assert checker.check(single_hit_group(hit)) is not None
    (root / hit.path).write_text("# gone\n" + CART)
    assert checker.check(single_hit_group(hit)) is None


def test_a_plain_folder_has_no_commit_and_rejects_what_changed(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    write_files(root, SHOP)
    repository = indexed(root, small_config(tmp_path))
    hit = cart_hit(repository)
    citation = checker_of(repository).check(single_hit_group(hit))
    assert citation is not None
    assert citation.commit is None
    assert_holds(repository, citation)
    (root / hit.path).write_bytes(CART.encode() + b" ")
    assert checker_of(repository).check(single_hit_group(hit)) is None


def _gone(path: Path, other: Path) -> None:
    path.unlink()


def _symlink(path: Path, other: Path) -> None:
    """Even to a file with the very same bytes: what a link leads to is not what was indexed."""
    other.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(other)


def _folder(path: Path, other: Path) -> None:
    path.unlink()
    path.mkdir()


def _linked_folder(path: Path, other: Path) -> None:
    path.parent.rename(other)
    path.parent.symlink_to(other)


@pytest.mark.parametrize("change", [_gone, _symlink, _folder, _linked_folder])
def test_what_took_the_place_of_an_uncommitted_file_is_rejected(
    tmp_path: Path, change: Any
) -> None:
    root = tmp_path / "plain"
    write_files(root, SHOP)
    repository = indexed(root, small_config(tmp_path))
    hit = cart_hit(repository)
    change(root / hit.path, tmp_path / "other")
    assert checker_of(repository).check(single_hit_group(hit)) is None


def test_a_symlink_swapped_in_for_a_committed_file_shows_the_commit_only(tmp_path: Path) -> None:
    repository = shop(tmp_path)
    hit = cart_hit(repository)
    path = repository.worktree.root / hit.path
    (tmp_path / "elsewhere").write_text("class Cart: '''not ours'''\n" * 40)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    citation = CitationChecker(repository, repository.worktree.commit).check(single_hit_group(hit))
    assert citation is not None
    assert "not ours" not in citation.quote
    assert citation.quote in CART


def test_the_blob_of_an_empty_file_is_no_excuse_for_a_missing_one(tmp_path: Path) -> None:
    repository = shop(tmp_path)
    hit = replace(
        cart_hit(repository), path="shop/none.py", blob=blob_hash(b""), start=1, end=1, text=""
    )
    assert checker_of(repository).check(single_hit_group(hit)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 0},
        {"start": -3},
        {"end": 10_000},
        {"start": 9, "end": 8},
        {"text": "def something_else(): ..."},
        {"blob": "0" * 40},
        {"blob": ""},
        {"path": "shop/prices.py"},
        {"path": "../shop/shop/cart.py"},
        {"path": "/etc/passwd"},
        {"path": ".git/config"},
        {"path": "shop/\ud800.py"},
    ],
)
def test_a_wrong_hit_is_never_verified(tmp_path: Path, wrong: dict[str, Any]) -> None:
    repository = shop(tmp_path)
    hit = cart_hit(repository)
    assert checker_of(repository).check(single_hit_group(replace(hit, **wrong))) is None


async def test_what_is_rejected_is_counted_and_never_shown(tmp_path: Path) -> None:
    """Between the index and the search somebody else changes a file."""
    root = tmp_path / "plain"
    write_files(root, SHOP)
    async with staged(tmp_path, models=False, root=root) as stage:
        before = await stage.ask(QUERY)
        assert any(citation.path == "shop/cart.py" for citation in before.citations)
        change = (root / "shop/cart.py").write_text
        stage.on("agent.started", lambda: change('"""The cart is gone."""\n'))
        after = await stage.ask(QUERY)
    assert after.rejected >= 1
    assert not any(citation.path == "shop/cart.py" for citation in after.citations)
    assert "add_item" not in after.text
    assert "1 file has changed since the index was made" in after.text


async def test_where_every_place_has_changed_nobody_could_look(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    write_files(root, {"shop/cart.py": CART})
    async with staged(tmp_path, models=False, root=root) as stage:
        stage.on("agent.started", lambda: (root / "shop/cart.py").write_text(""))
        after = await stage.ask(QUERY)
    assert after.status == "could_not_look"
    assert after.citations == ()
    assert after.rejected >= 1


@pytest.fixture(scope="module")
def one_file() -> Iterator[tuple[Repository, Hit]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "plain", SHOP)
        repository = indexed(folder / "plain", small_config(folder))
        yield repository, cart_hit(repository)


LINES = st.lists(st.text(max_size=12), max_size=12).map("\n".join)
BYTES = LINES.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)


@examples(150)
@given(data=BYTES, text=st.text(max_size=12), start=st.integers(-2, 14), end=st.integers(-2, 14))
def test_no_quote_is_verified_that_is_not_in_the_file(
    one_file: tuple[Repository, Hit], data: bytes, text: str, start: int, end: int
) -> None:
    repository, hit = one_file
    (repository.worktree.root / hit.path).write_bytes(data)
    asked = replace(hit, blob=blob_hash(data), text=text, start=start, end=end)
    citation = CitationChecker(repository, None).check(single_hit_group(asked))
    if citation is None:
        return
    assert_holds(repository, citation)
    assert text.strip() in citation.quote


@examples(60)
@given(data=BYTES, at=st.integers(0, 199), bit=st.integers(0, 7))
def test_one_changed_bit_is_enough_to_reject(
    one_file: tuple[Repository, Hit], data: bytes, at: int, bit: int
) -> None:
    repository, hit = one_file
    changed = bytearray(data or b"x")
    changed[at % len(changed)] ^= 1 << bit
    (repository.worktree.root / hit.path).write_bytes(bytes(changed))
    asked = replace(hit, blob=blob_hash(data), text="", start=1, end=1)
    assert CitationChecker(repository, None).check(single_hit_group(asked)) is None
