"""What people do with git: the index follows, cuts what is new, and embeds nothing twice."""

import shutil
import subprocess
from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from rooftree.errors import RepositoryError
from rooftree.git.commands import blob_at, open_worktree
from tests.indexing.build.test_incremental import FILES, Shop
from tests.support import (
    HashingEmbedder,
    bring_up_to_date,
    commit_all,
    config_in,
    git,
    git_repository,
    indexed,
    project,
    write_files,
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def rewrite(root: Path, numbers: range, seed: str) -> None:
    """Rewrite some modules of the shop."""
    changed = project(FILES, seed)
    names = [f"shop/part_{number % 10}/module_{number}.py" for number in numbers]
    write_files(root, {name: changed[name] for name in names})


def test_a_switch_between_branches_that_differ_in_n_files(shop: Shop) -> None:
    """The first time n files are cut; from then on none is, and no seen text is embedded."""
    git(shop.root, "switch", "--quiet", "--create", "feature")
    rewrite(shop.root, range(5), "feature")
    commit_all(shop.root)
    parsed, texts = shop.update()
    assert parsed == 5
    assert len(texts) == len(set(texts)) > 0
    for branch in ("main", "feature", "main", "feature"):
        git(shop.root, "switch", "--quiet", branch)
        assert shop.update() == (0, [])


def test_a_rebase(shop: Shop) -> None:
    git(shop.root, "switch", "--quiet", "--create", "feature")
    rewrite(shop.root, range(2), "feature")
    commit_all(shop.root)
    shop.update()
    git(shop.root, "switch", "--quiet", "main")
    rewrite(shop.root, range(4, 7), "main")
    commit_all(shop.root)
    shop.update()
    git(shop.root, "switch", "--quiet", "feature")
    git(shop.root, "rebase", "--quiet", "main")
    # Every file of the result was there before, on one branch or the other.
    assert shop.update() == (0, [])
    assert shop.repository.status().commit == git(shop.root, "rev-parse", "HEAD")


def test_a_stash_and_its_pop(shop: Shop) -> None:
    rewrite(shop.root, range(3), "stashed")
    parsed, _ = shop.update()
    assert parsed == 3
    git(shop.root, "stash", "push", "--quiet")
    assert shop.update() == (0, [])
    git(shop.root, "stash", "pop", "--quiet")
    assert shop.update() == (0, [])


def test_a_hard_reset(shop: Shop) -> None:
    before = git(shop.root, "rev-parse", "HEAD")
    rewrite(shop.root, range(3), "wrong")
    commit_all(shop.root)
    shop.update()
    git(shop.root, "reset", "--quiet", "--hard", before)
    assert shop.update() == (0, [])
    assert shop.repository.status().commit == before


def test_a_detached_head(shop: Shop) -> None:
    before = git(shop.root, "rev-parse", "HEAD")
    rewrite(shop.root, range(1), "later")
    commit_all(shop.root)
    shop.update()
    git(shop.root, "checkout", "--quiet", "--detach", before)
    assert shop.update() == (0, [])
    assert shop.repository.status().commit == before


def test_a_merge_in_progress_is_indexed_with_its_markers(shop: Shop) -> None:
    name = "shop/part_1/module_1.py"
    git(shop.root, "switch", "--quiet", "--create", "theirs")
    write_files(shop.root, {name: "def settled_by_them():\n    return 'theirs'\n"})
    commit_all(shop.root)
    git(shop.root, "switch", "--quiet", "main")
    write_files(shop.root, {name: "def settled_by_us():\n    return 'ours'\n"})
    commit_all(shop.root)
    with pytest.raises(subprocess.CalledProcessError):
        git(shop.root, "merge", "--quiet", "theirs")
    assert "<<<<<<<" in (shop.root / name).read_text()
    shop.update()
    assert name in shop.found("settled_by_them")
    assert name in shop.found("settled_by_us")
    write_files(shop.root, {name: "def settled():\n    return 'both'\n"})
    commit_all(shop.root)
    parsed, _ = shop.update()
    assert parsed == 1
    with shop.repository.searcher() as searcher:
        assert not any("<<<<" in hit.text for hit in searcher.search("settled", 10).hits)


def test_a_rename_of_case_alone(shop: Shop) -> None:
    git(shop.root, "mv", "shop/part_1/module_1.py", "shop/part_1/Module_1.py")
    assert shop.update() == (1, [])
    found = shop.found("Basket1")
    assert "shop/part_1/Module_1.py" in found
    assert "shop/part_1/module_1.py" not in found


def test_a_file_that_becomes_a_folder_and_back(shop: Shop) -> None:
    path = shop.root / "shop/part_2/module_2.py"
    content = path.read_bytes()
    path.unlink()
    write_files(
        shop.root, {"shop/part_2/module_2.py/inner.py": "def inner_part():\n    return 1\n"}
    )
    parsed, _ = shop.update()
    assert parsed == 1
    assert "shop/part_2/module_2.py/inner.py" in shop.found("inner_part")
    assert "shop/part_2/module_2.py" not in shop.found("Basket2")
    shutil.rmtree(path)
    path.write_bytes(content)
    assert shop.update() == (0, [])


def test_an_interrupted_switch_ends_as_the_branch_it_stopped_at(shop: Shop) -> None:
    """Files change while they are read: the run after that sees what is there."""
    git(shop.root, "switch", "--quiet", "--create", "feature")
    rewrite(shop.root, range(6), "feature")
    commit_all(shop.root)
    switched = False

    def switch(*_: int) -> None:
        nonlocal switched
        if not switched:
            switched = True
            git(shop.root, "switch", "--quiet", "main")

    with shop.repository.writing("test"):
        shop.repository.updates.index(switch)
    assert switched
    assert not shop.repository.freshness.is_current()
    _, texts = shop.update()
    assert not any("feature" in text for text in texts)


def test_a_repository_that_was_moved_is_indexed_anew(shop: Shop, tmp_path: Path) -> None:
    """Its id is its place; what the old place left behind is for `rooftree gc --all`."""
    moved = tmp_path / "elsewhere"
    shop.root.rename(moved)
    repository = indexed(moved, config_in(tmp_path), HashingEmbedder())
    assert repository.folder != shop.repository.folder
    assert repository.freshness.is_current()


def clone(tmp_path: Path, *options: str) -> Path:
    upstream = git_repository(tmp_path, project(4), "upstream")
    git(upstream, "config", "uploadpack.allowFilter", "true")
    write_files(upstream, project(4, "second"))
    commit_all(upstream)
    git(tmp_path, "clone", "--quiet", *options, upstream.as_uri(), "copy")
    return tmp_path / "copy"


def test_a_partial_clone_is_indexed_without_fetching(tmp_path: Path) -> None:
    """The files are there; older blobs are not, and whoever has them is gone."""
    root = clone(tmp_path, "--filter=blob:none")
    shutil.rmtree(tmp_path / "upstream")
    repository = indexed(root, config_in(tmp_path))
    assert repository.status().files == 4
    assert repository.freshness.is_current()


def test_a_sparse_partial_clone_indexes_what_is_checked_out(tmp_path: Path) -> None:
    root = clone(tmp_path, "--filter=blob:none", "--sparse")
    git(root, "sparse-checkout", "set", "shop/part_1", "shop/part_2")
    shutil.rmtree(tmp_path / "upstream")
    repository = indexed(root, config_in(tmp_path))
    assert repository.status().files == 2
    assert repository.freshness.is_current()


def test_a_blob_that_a_partial_clone_lacks_is_no_answer(tmp_path: Path) -> None:
    root = clone(tmp_path, "--filter=blob:none")
    first = git(root, "rev-list", "--max-parents=0", "HEAD")
    shutil.rmtree(tmp_path / "upstream")
    with pytest.raises(RepositoryError, match="could not fetch"):
        blob_at(open_worktree(root), first, "shop/part_1/module_1.py")
    assert blob_at(open_worktree(root), "HEAD", "shop/part_1/module_1.py")


def test_a_shallow_clone_is_indexed(tmp_path: Path) -> None:
    root = clone(tmp_path, "--depth=1")
    repository = indexed(root, config_in(tmp_path))
    assert repository.status().files == 4
    with repository.searcher() as searcher:
        assert searcher.search("settle the basket", 3).hits


def test_a_sparse_checkout_grows_and_shrinks(tmp_path: Path) -> None:
    root = clone(tmp_path)
    embedder = HashingEmbedder()
    repository = indexed(root, config_in(tmp_path), embedder)
    seen = len(embedder.texts)
    for parts, files in ((["shop/part_1"], 1), (["shop/part_1", "shop/part_3"], 2)):
        git(root, "sparse-checkout", "set", *parts)
        assert bring_up_to_date(repository).parsed == 0
        assert repository.status().files == files
    git(root, "sparse-checkout", "disable")
    assert bring_up_to_date(repository).parsed == 0
    assert len(embedder.texts) == seen


POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def test_lfs_pointers_are_counted_and_not_read(tmp_path: Path) -> None:
    files = {"a.py": "A = 1\n", "weights.py": POINTER, "model.txt": POINTER}
    repository = indexed(git_repository(tmp_path, files), config_in(tmp_path))
    reasons = dict(repository.status().skipped)
    assert reasons == {"weights.py": "lfs_pointer", "model.txt": "lfs_pointer"}
    with repository.searcher() as searcher:
        result = searcher.search(
            "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393", 5
        )
    assert result.hits == ()
    assert result.coverage.skipped == {"lfs_pointer": 2}
    # Once the content has come, it is a file like any other.
    write_files(repository.worktree.root, {"weights.py": "def weighs():\n    return 12345\n"})
    assert bring_up_to_date(repository).parsed == 1


@pytest.fixture
def with_submodule(tmp_path: Path) -> Path:
    library = git_repository(tmp_path, {"lib.py": "def library_call():\n    return 1\n"}, "library")
    root = git_repository(tmp_path, {"app.py": "def application():\n    return 1\n"}, "app")
    options = ("-c", "protocol.file.allow=always")
    git(root, *options, "submodule", "--quiet", "add", str(library), "vendor/library")
    commit_all(root)
    return root


def test_a_submodule_is_told_of_and_is_a_repository_of_its_own(
    with_submodule: Path, tmp_path: Path
) -> None:
    """Its files have their own commit, so they are searched with `--repo` of their own."""
    outer = indexed(with_submodule, config_in(tmp_path))
    assert dict(outer.status().skipped) == {"vendor/library/": "submodule"}
    with outer.searcher() as searcher:
        result = searcher.search("library_call", 5)
        assert not any(hit.path.startswith("vendor/") for hit in result.hits)
        assert result.coverage.skipped == {"submodule": 1}
    inner = indexed(with_submodule / "vendor/library", config_in(tmp_path))
    assert inner.worktree.repo_id != outer.worktree.repo_id
    with inner.searcher() as searcher:
        assert searcher.search("library_call", 5).hits[0].path == "lib.py"


def test_a_submodule_that_moves_on_changes_nothing_outside(
    with_submodule: Path, tmp_path: Path
) -> None:
    repository = indexed(with_submodule, config_in(tmp_path))
    write_files(with_submodule / "vendor/library", {"more.py": "MORE = 1\n"})
    commit_all(with_submodule / "vendor/library")
    assert repository.freshness.is_current()


def test_a_submodule_that_was_never_fetched_is_told_of_too(
    with_submodule: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", str(with_submodule), "copy")
    repository = Repository(tmp_path / "copy", config_in(tmp_path), None)
    bring_up_to_date(repository)
    assert dict(repository.status().skipped) == {"vendor/library/": "submodule"}
