"""Whatever is wrong with the index, the files or the tools, a search says so or says it could not.

Each fault ends in hits with a coverage note, or in exit code 2 or 3 with one line that names the
reason: never in "nothing found".
"""

import os
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from indexing.repository.refresh import A_SECOND
from indexing.store.schema import version_seal
from tests.agents.scenes import FOUND, SHOP
from tests.faults.faulty import MISSING, Faulty, held_lock, notes_of, without_rights
from tests.server.commands import SECONDS, Done
from tests.support import git_repository, project, write_files

QUERY = ("search", "price_of", "--json", "--repo")
GO = (
    "package shop\n\n// PriceOf tells what goods cost.\nfunc PriceOf(sku string) int { return 3 }\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, {**SHOP, "shop/prices.go": GO})


@pytest.fixture
def cli(tmp_path: Path) -> Faulty:
    return Faulty(tmp_path)


def could_not_look(cli: Faulty, shop: Path, code: int, words: str) -> None:
    """Check that search and ask end with `code` and the reason, and claim nothing."""
    done = cli.run("search", "price_of", "--repo", shop)
    assert done.code == code, done
    assert words in done.err
    done.assert_one_line()
    asked = cli.run("ask", FOUND, "--repo", shop, "--json")
    # An answer that could not be given is 3, whatever was in the way.
    assert asked.code in (code, 3), asked
    assert words in asked.out + asked.err
    told = asked.json()
    assert told.get("status") == "could_not_look" or told["error"]["exit_code"] == asked.code


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (MISSING, "grammar package tree_sitter_go cannot be imported"),
        ("import os\nos.kill(os.getpid(), 11)\n", "parser crashed"),
        pytest.param("import time\ntime.sleep(600)\n", "took too long", marks=pytest.mark.slow),
    ],
    ids=["missing", "crashes", "hangs"],
)
def test_a_grammar_fails(tmp_path: Path, shop: Path, module: str, reason: str) -> None:
    """Its files are cut by lines; the others are read as ever."""
    cli = Faulty(tmp_path, modules={"tree_sitter_go": module})
    found = cli.run("search", "PriceOf goods cost", "--json", "--repo", shop)
    notes = notes_of(found)
    assert reason in notes
    assert "such as shop/prices.go" in notes
    kinds = {(hit["path"], hit["kind"]) for hit in found.json()["hits"]}
    assert ("shop/prices.go", "lines") in kinds
    assert ("shop/prices.py", "function") in kinds
    assert reason in cli.run("status", "--repo", shop).out


def test_files_changed_since(cli: Faulty, shop: Path) -> None:
    assert cli.run("index", shop).code == 0
    write_files(shop, {"shop/new.py": "# n\n" * (A_SECOND // 4 + 1), "shop/cart.py": "GONE = 1\n"})
    done = cli.run(*QUERY, shop)
    assert "2 files have changed since the index was made" in notes_of(done)
    assert done.json()["coverage"]["files_behind"] == 2


def test_a_file_that_may_not_be_read(tmp_path: Path, shop: Path) -> None:
    (shop / "shop/cart.py").chmod(0)
    cli = Faulty(tmp_path, before=without_rights())
    done = cli.run(*QUERY, shop)
    notes_of(done)
    assert done.json()["coverage"]["skipped"] == {"unreadable": 1}
    assert "1 files left out" in cli.run("search", "price_of", "--repo", shop).out
    assert "shop/cart.py: unreadable" in cli.run("status", "--repo", shop).out


def test_a_name_in_a_file_that_may_not_be_read_is_not_denied(tmp_path: Path, shop: Path) -> None:
    """Every command that finds nothing names the file that it could not read."""
    (shop / "shop/cart.py").chmod(0)
    cli = Faulty(tmp_path, before=without_rights())
    for command, code in {
        ("symbols", "grand_total"): 1,
        ("references", "Cart.add_item"): 1,
        ("map", "--focus", "FluxCapacitor"): 0,
        ("ask", "What does `add_item` do?"): 1,
    }.items():
        done = cli.run(*command, "--repo", shop)
        assert (done.code, "not looked at: 1 unreadable" in done.out) == (code, True), done


def test_a_folder_without_an_index_is_not_up_to_date(cli: Faulty, shop: Path) -> None:
    done = cli.run("status", "--repo", shop, "--json")
    assert (done.code, done.json()["indexed"], done.json()["files_behind"]) == (1, False, None)


def test_somebody_else_is_writing(cli: Faulty, shop: Path) -> None:
    """A search answers from the last finished index, and indexing waits and says for whom."""
    assert cli.run("index", shop).code == 0
    write_files(shop, {"shop/new.py": "N = 1\n"})
    with held_lock(cli.folder()) as holder:
        notes = notes_of(cli.run(*QUERY, shop))
        assert f"being written by process {holder.pid} (a long run)" in notes
        assert "1 file has changed" in notes
        assert f"process {holder.pid}" in cli.run("status", "--repo", shop).out
        indexing = cli.start("index", shop)
        assert indexing.stderr is not None
        assert (
            indexing.stderr.readline()
            == f"waiting for process {holder.pid} (a long run)\n".encode()
        )
        indexing.send_signal(signal.SIGINT)
        indexing.communicate(timeout=SECONDS)
        assert indexing.returncode == 130
    assert "changed" not in notes_of(_indexed(cli, shop))


def _indexed(cli: Faulty, shop: Path) -> Done:
    assert cli.run("index", shop).code == 0
    return cli.run(*QUERY, shop)


def test_the_first_index_is_being_made(cli: Faulty, shop: Path) -> None:
    """There is nothing to answer from yet, so a search waits, and then it answers."""
    assert cli.run("status", "--repo", shop).code == 1
    with held_lock(cli.folder()) as holder:
        searching = cli.start(*QUERY, shop)
        assert searching.stderr is not None
        told = searching.stderr.readline().decode()
        assert told == f"waiting for process {holder.pid} (a long run)\n"
    out, _ = searching.communicate(timeout=SECONDS)
    assert searching.returncode == 0
    assert b"shop/prices.py" in out


@pytest.mark.parametrize("what", ["manifest", "folder"])
def test_the_index_is_gone(cli: Faulty, shop: Path, what: str) -> None:
    assert cli.run("index", shop).code == 0
    if what == "folder":
        shutil.rmtree(cli.folder())
    else:
        for path in cli.folder().glob("manifest.sqlite*"):
            path.unlink()
    notes_of(cli.run(*QUERY, shop))


@pytest.mark.parametrize("damage", ["scribbled", "cut", "emptied"])
def test_the_index_is_damaged(cli: Faulty, shop: Path, damage: str) -> None:
    assert cli.run("index", shop).code == 0
    path = cli.folder() / "manifest.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = path.read_bytes()
    harmed = {"scribbled": b"no database " * 999, "cut": content[:50_000], "emptied": b""}
    path.write_bytes(harmed[damage])
    done = cli.run(*QUERY, shop)
    if done.code == 3:
        assert "run `rooftree index`" in done.err
        done = _indexed(cli, shop)
    notes = notes_of(done)
    assert damage == "emptied" or "the index was damaged and has been made anew" in notes


def test_the_index_is_of_another_version(cli: Faulty, shop: Path) -> None:
    assert cli.run("index", shop).code == 0
    with sqlite3.connect(cli.folder() / "manifest.sqlite") as database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        database.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (version_seal("99"),))
    database.close()
    could_not_look(cli, shop, 3, "schema 99")


def test_the_state_cannot_be_written(tmp_path: Path, shop: Path) -> None:
    """Neither the first index nor, later, a search can do without."""
    cli = Faulty(tmp_path, before=without_rights())
    cli.state.mkdir(parents=True)
    cli.state.chmod(0o500)
    could_not_look(cli, shop, 3, "cannot use the state folder")
    cli.state.chmod(0o700)
    assert cli.run("index", shop).code == 0
    folder = cli.folder()
    folder.chmod(0o500)
    for path in folder.iterdir():
        path.chmod(0o400)
    could_not_look(cli, shop, 3, str(folder))
    folder.chmod(0o700)


def test_the_log_cannot_be_written(tmp_path: Path, shop: Path) -> None:
    """A search needs no log."""
    cli = Faulty(tmp_path, before=without_rights())
    assert cli.run("index", shop).code == 0
    log = cli.state / "logs" / "rooftree.log"
    log.chmod(0o400)
    log.parent.chmod(0o500)
    done = cli.run(*QUERY, shop)
    log.parent.chmod(0o700)
    notes_of(done)
    assert "Traceback" not in done.err


def test_the_disk_is_full(tmp_path: Path) -> None:
    """What was indexed before is searched, and what is missing is counted."""
    root = git_repository(tmp_path, project(20))
    cli = Faulty(tmp_path)
    assert cli.run("index", root).code == 0
    largest = max(path.stat().st_size for path in cli.folder().iterdir())
    blocks = largest // 512 + 64
    full = Faulty(tmp_path, before=("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"))
    write_files(root, project(400, seed="more"))
    done = full.run("index", root)
    assert done.code == 3
    assert "free some disk space" in done.err
    assert "Traceback" not in done.err
    found = full.run("search", "settle basket", "--json", "--repo", root)
    assert "files have changed since the index was made" in notes_of(found)
    asked = full.run("ask", "How is `settle` done for a basket?", "--repo", root, "--json")
    assert asked.code == 3
    assert asked.json()["status"] == "could_not_look"


def test_git_is_missing(cli: Faulty, shop: Path) -> None:
    nowhere = Faulty(cli.home, {"PATH": "/nowhere"})
    could_not_look(nowhere, shop, 2, "no git is on PATH")
    assert cli.run("index", shop).code == 0
    could_not_look(nowhere, shop, 2, "no git is on PATH")


def test_git_fails(cli: Faulty, shop: Path) -> None:
    assert cli.run("index", shop).code == 0
    (shop / ".git" / "HEAD").write_text("nonsense\n")
    could_not_look(cli, shop, 2, "git")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_repository_belongs_to_somebody_else(cli: Faulty, shop: Path) -> None:
    subprocess.run(["chown", "-R", "65534", str(shop)], check=True)
    could_not_look(cli, shop, 2, "safe.directory")


def test_the_list_of_files_cannot_be_read(cli: Faulty, shop: Path) -> None:
    """Git opens the repository, and then cannot say what is in it."""
    assert cli.run("index", shop).code == 0
    (shop / ".git" / "index").write_bytes(b"DIRC nonsense")
    could_not_look(cli, shop, 2, "git")


def test_nothing_found_still_says_what_was_not_seen(cli: Faulty, shop: Path) -> None:
    assert cli.run("index", shop).code == 0
    late = "def zeppelin():\n    return 1\n" + "# n\n" * (A_SECOND // 4)
    write_files(shop, {"shop/zeppelin.py": late})
    done = cli.run("search", "zeppelin", "--repo", shop)
    assert done.code == 3
    assert done.out.startswith(
        "could not look at everything, and found nothing in the rest: 1 file"
    )
    assert "note: 1 file has changed since the index was made" in done.out
