"""An index brought up to date equals a clean one, and only what was never seen is worked on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from indexing.store.document_store import KEPT_GENERATIONS
from indexing.words.postings import unpacked
from indexing.words.tokens import key
from rooftree.errors import IndexingError
from tests.support import (
    HashingEmbedder,
    bring_up_to_date,
    commit_all,
    config_in,
    git,
    git_repository,
    indexed,
    project,
    unit_ids,
    write_files,
)

FILES = 12


class Shop:
    """A repository that is changed and indexed again, held against clean indexes of the same."""

    def __init__(self, tmp_path: Path) -> None:
        self.home = tmp_path
        self.root = git_repository(tmp_path, project(FILES))
        self.embedder = HashingEmbedder()
        self.repository = indexed(self.root, config_in(tmp_path), self.embedder)
        self._checks = 0

    def update(self, root: Path | None = None) -> tuple[int, list[str]]:
        """Index again; return how many files were cut and which texts were embedded."""
        before = len(self.embedder.texts)
        repository = Repository(root or self.root, config_in(self.home), self.embedder)
        done = bring_up_to_date(repository)
        assert repository.freshness.is_current()
        assert repository.status().files_behind == 0
        self.check_like_a_clean_one(repository)
        return done.parsed, self.embedder.texts[before:]

    def check_like_a_clean_one(self, repository: Repository) -> None:
        self._checks += 1
        clean = indexed(repository.worktree.root, config_in(self.home / f"clean{self._checks}"))
        assert unit_ids(repository) == unit_ids(clean)
        ours, theirs = repository.status(), clean.status()
        assert (ours.files, ours.units, ours.symbols) == (
            theirs.files,
            theirs.units,
            theirs.symbols,
        )
        assert (ours.skipped, ours.notes) == (theirs.skipped, theirs.notes)

    def found(self, text: str) -> list[str]:
        with self.repository.searcher() as searcher:
            return [hit.path for hit in searcher.search(text, 50).hits]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_nothing_is_done_where_nothing_changed(shop: Shop) -> None:
    assert shop.update() == (0, [])


def test_a_commit_alone_cuts_and_embeds_nothing(shop: Shop) -> None:
    commit_all(shop.root, "nothing but a message")
    assert shop.update() == (0, [])
    assert shop.repository.status().commit == git(shop.root, "rev-parse", "HEAD")


def test_one_changed_file_is_cut_alone_and_only_its_new_texts_are_embedded(shop: Shop) -> None:
    write_files(
        shop.root,
        {
            "shop/part_3/module_3.py": project(FILES)["shop/part_3/module_3.py"]
            + "\n\ndef added_here():\n    return 3\n"
        },
    )
    parsed, texts = shop.update()
    assert parsed == 1
    assert len(texts) == 1
    assert "added_here" in texts[0]


def test_a_rename_embeds_nothing(shop: Shop) -> None:
    git(shop.root, "mv", "shop/part_1/module_1.py", "shop/part_1/renamed.py")
    assert shop.update() == (1, [])
    assert "shop/part_1/module_1.py" not in shop.found("Basket1")
    assert "shop/part_1/renamed.py" in shop.found("Basket1")


def test_a_deleted_file_vanishes_and_coming_back_costs_nothing(shop: Shop) -> None:
    path = shop.root / "shop/part_2/module_2.py"
    content = path.read_bytes()
    path.unlink()
    assert shop.update() == (0, [])
    assert "shop/part_2/module_2.py" not in shop.found("Basket2")
    path.write_bytes(content)
    assert shop.update() == (0, [])
    assert "shop/part_2/module_2.py" in shop.found("Basket2")


def test_a_branch_and_back_embeds_only_what_was_never_seen(shop: Shop) -> None:
    git(shop.root, "switch", "--quiet", "--create", "feature")
    write_files(shop.root, {"shop/feature.py": "def shiny_new_thing():\n    return 'feature'\n"})
    (shop.root / "shop/part_4/module_4.py").unlink()
    commit_all(shop.root)
    parsed, texts = shop.update()
    assert (parsed, len(texts)) == (1, 1)
    git(shop.root, "switch", "--quiet", "main")
    assert shop.update() == (0, [])
    assert "shop/feature.py" not in shop.found("shiny_new_thing")
    git(shop.root, "switch", "--quiet", "feature")
    assert shop.update() == (0, [])


def test_a_revert_embeds_nothing(shop: Shop) -> None:
    write_files(shop.root, {"shop/part_5/module_5.py": "def something_else():\n    return 5\n"})
    commit_all(shop.root)
    shop.update()
    git(shop.root, "revert", "--no-edit", "HEAD")
    assert shop.update() == (0, [])


def test_a_second_worktree_embeds_only_what_was_never_seen(shop: Shop) -> None:
    other = shop.home / "other"
    git(shop.root, "worktree", "add", "--quiet", str(other), "-b", "second")
    assert shop.update(other) == (0, [])
    write_files(other, {"only_here.py": "def only_in_the_second():\n    return 2\n"})
    parsed, texts = shop.update(other)
    assert (parsed, len(texts)) == (1, 1)
    assert "only_here.py" not in shop.found("only_in_the_second")
    assert shop.update() == (0, [])


def test_two_worktrees_keep_their_own_files_alive(shop: Shop) -> None:
    """What one of them drops, and forgets after a few generations, the other may still hold."""
    other = shop.home / "other"
    git(shop.root, "worktree", "add", "--quiet", str(other), "-b", "second")
    shop.update(other)
    for number in range(KEPT_GENERATIONS + 2):
        (shop.root / f"shop/part_{number}/module_{number}.py").unlink()
        bring_up_to_date(shop.repository)
    second = Repository(other, config_in(shop.home), shop.embedder)
    shop.check_like_a_clean_one(second)
    with second.searcher() as searcher:
        assert "shop/part_0/module_0.py" in [
            hit.path for hit in searcher.search("Basket0", 20).hits
        ]


def test_an_edit_that_stat_cannot_see_is_seen(shop: Shop) -> None:
    """The same size, time and inode, written in the moment that the clock cannot tell apart."""
    path = shop.root / "shop/part_6/module_6.py"
    before = path.stat()
    text = path.read_text()
    with path.open("r+") as handle:
        handle.write(text.replace("def settle_", "def payoff_"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (
        before.st_size,
        before.st_mtime_ns,
        before.st_ino,
    )
    assert not shop.repository.freshness.is_current()
    parsed, texts = shop.update()
    assert parsed == 1
    assert any("payoff_" in text for text in texts)


def test_a_skipped_file_that_stat_cannot_see_change_is_seen_too(shop: Shop) -> None:
    path = shop.root / "blank.py"
    path.write_text(" " * 9)
    stamp = path.stat()
    shop.update()
    path.write_text("spam = 1\n")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    parsed, _ = shop.update()
    assert parsed == 1
    assert "blank.py" in shop.found("spam")


def test_a_file_that_is_only_touched_is_not_cut(shop: Shop) -> None:
    os.utime(shop.root / "shop/part_7/module_7.py")
    assert shop.update() == (0, [])


@pytest.mark.parametrize("name", [".gitignore", ".rooftreeignore", ".git/info/exclude"])
def test_a_newly_ignored_file_vanishes_from_search(shop: Shop, name: str) -> None:
    (shop.root / "scratch.py").write_text("def scribbled_note():\n    return 1\n")
    shop.update()
    assert "scratch.py" in shop.found("scribbled_note")
    (shop.root / name).parent.mkdir(exist_ok=True)  # git makes .git/info from its templates alone
    with (shop.root / name).open("a") as handle:
        handle.write("scratch.py\n")
    assert not shop.repository.freshness.is_current()
    shop.update()
    assert "scratch.py" not in shop.found("scribbled_note")


def test_ignored_and_denied_files_are_never_found(tmp_path: Path) -> None:
    root = git_repository(
        tmp_path,
        {
            "app.py": "def visible_marker():\n    return 1\n",
            ".gitignore": "build/\n",
            "build/out.py": "def quokka_sighting():\n    return 1\n",
            ".env": "QUOKKA_SIGHTING=1\n",
            "id_rsa": "quokka_sighting\n",
            "sub/.npmrc": "quokka_sighting=1\n",
        },
    )
    repository = indexed(root, config_in(tmp_path))
    with repository.searcher() as searcher:
        assert searcher.search("quokka_sighting", 20).hits == ()
        assert searcher.search("visible_marker", 20).hits
        (term,) = searcher.search("quokka_sighting", 1).terms[:1]
        assert (term.word, term.frequency) == ("quokka_sighting", 0)
    reasons = dict(repository.status().skipped)
    assert reasons[".env"] == reasons["id_rsa"] == reasons["sub/.npmrc"] == "denied"
    assert b"quokka_sighting" not in (repository.folder / "manifest.sqlite").read_bytes().lower()


def test_old_generations_are_forgotten(shop: Shop) -> None:
    for number in range(KEPT_GENERATIONS + 3):
        write_files(shop.root, {"turn.py": f"def turn_{number}():\n    return {number}\n"})
        bring_up_to_date(shop.repository)
    with shop.repository.manifest() as manifest:
        count = manifest.database.execute("SELECT count(*) FROM generation").fetchone()[0]
        packs = manifest.database.execute("SELECT packed FROM words").fetchall()
        texts = manifest.database.execute(
            "SELECT count(*) FROM unit WHERE text LIKE '%turn_0%'"
        ).fetchone()[0]
    assert count == KEPT_GENERATIONS
    assert not len(unpacked([pack for (pack,) in packs]).postings_of(key("turn_0")).rows)
    assert texts == 0


def test_a_repository_that_is_not_indexed_says_so(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(1))
    repository = Repository(root, config_in(tmp_path), HashingEmbedder())
    assert not repository.is_indexed()
    assert not repository.freshness.is_current()
    assert not repository.holds("shop/part_0/module_0.py")
    assert repository.status().as_json()["indexed"] is False
    uses: list[Callable[[], object]] = [repository.vectors.share, repository.vectors.fill]
    for use in uses:
        with pytest.raises(IndexingError, match="not indexed yet; run `rooftree index`"):
            use()


def test_a_repository_says_what_it_holds(shop: Shop) -> None:
    assert shop.repository.holds("shop/part_0/module_0.py")
    assert not shop.repository.holds("shop/part_0/nowhere.py")
    status = shop.repository.status().as_json()
    assert status["files"] == FILES
    assert status["dense_share"] == 1.0
    assert status["symbols"] > FILES


def test_without_an_embedder_nothing_is_embedded(shop: Shop) -> None:
    repository = indexed(shop.root, config_in(shop.home / "plain"))
    assert repository.vectors.share() == 1.0
    assert repository.vectors.fill().total == 0
    assert repository.status().dense_share == 0.0


def test_a_folder_whose_name_is_no_utf8_is_indexed(tmp_path: Path) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    root.mkdir()
    (root / "app.py").write_text("def brew_coffee():\n    return 1\n")
    repository = indexed(root, config_in(tmp_path))
    assert repository.freshness.is_current()
    with repository.searcher() as searcher:
        assert searcher.search("brew_coffee", 5).hits[0].path == "app.py"


def test_a_parser_that_is_started_early_changes_nothing_but_the_time(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(12))
    repository = indexed(root, config_in(tmp_path))
    with repository.writing("test"):
        nothing_new = repository.updates.index(expecting=True)
        (root / "zebra.py").write_text("def zebra():\n    return 1\n", "utf-8")
        one = repository.updates.index(expecting=True)
        for number in range(30):
            (root / f"many_{number}.py").write_text(f"def many_{number}():\n    pass\n", "utf-8")
        many = repository.updates.index(expecting=True)
    assert (nothing_new.parsed, one.parsed, many.parsed) == (0, 1, 30)


def test_a_server_that_has_just_indexed_says_that_nothing_is_behind(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(2))
    config = config_in(tmp_path)
    indexed(root, config)
    serving = Repository(root, config, None, owned=True)
    (root / "zebra.py").write_text("def zebra():\n    return 1\n", "utf-8")
    with serving.writing("test"):
        serving.updates.index()
    with serving.searcher() as searcher:
        assert searcher.search("zebra", 1).coverage.files_behind == 0
