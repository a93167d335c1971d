"""A full disk: the error names the place, and the index that was there still answers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import git_repository, project, write_files

ROOT = Path(__file__).parents[3]
FULL = """
import sys
from pathlib import Path
from rooftree.errors import StorageError
from indexing.repository.repository import Repository
from tests.support import HashingEmbedder, bring_up_to_date, config_in, indexed
from tests.support import project, write_files

def question(repository):
    with repository.searcher() as searcher:
        return [hit.path for hit in searcher.search("charge the customer of basket 3", 5).hits]

def main(root, disk):
    repository = indexed(root, config_in(disk), HashingEmbedder())
    before = question(repository)
    assert before
    limit(disk)
    write_files(root, project(600, seed="much more"))
    for step in ("first", "again"):
        try:
            bring_up_to_date(repository)
        except StorageError as error:
            assert str(repository.folder) in str(error), error
            assert "disk" in str(error) or "full" in str(error), error
        else:
            raise SystemExit("the disk was not full")
        again = Repository(root, config_in(disk), None)
        assert question(again), step
        assert again.status().files_behind > 0
        assert not list(repository.folder.glob("*.corrupt-*"))
    unlimit(disk)
    bring_up_to_date(repository)
    assert repository.freshness.is_current()
    assert repository.vectors.share() == 1.0
    print("survived")

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
"""
FILL = """
def limit(disk):
    # Leave as little as a nearly full disk has: a few pages.
    import shutil
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(bytes(max(0, free - 200_000)))

def unlimit(disk):
    (disk / "ballast").unlink()
"""
RLIMIT = """
import resource

def limit(disk):
    largest = max(path.stat().st_size for path in disk.rglob("*") if path.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 65536, resource.RLIM_INFINITY))

def unlimit(disk):
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def run(tmp_path: Path, before: list[str], limits: str, disk: Path) -> None:
    root = git_repository(tmp_path, project(20))
    child = tmp_path / "child.py"
    child.write_text(limits + FULL)
    disk.mkdir(exist_ok=True)
    command = [*before, sys.executable, str(child), str(root), str(disk)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "survived"


def test_a_full_file_system_is_named_and_survived(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=24m none {disk} && exec "$@"'
    unshare = ["unshare", "-Urm", "sh", "-c", mount, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*unshare, "true"], check=False).returncode
    ):
        pytest.skip("this machine allows no user namespaces")
    run(tmp_path, unshare, FILL, disk)


def test_a_file_that_may_not_grow_is_named_and_survived(tmp_path: Path) -> None:
    run(tmp_path, [], RLIMIT, tmp_path / "disk")


def test_the_generated_project_is_larger_than_the_room(tmp_path: Path) -> None:
    """Else the two tests above would prove nothing."""
    write_files(tmp_path, project(600, seed="much more"))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.py")) > 400_000
