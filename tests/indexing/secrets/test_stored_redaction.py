"""What older rules of redaction let through is gone from an index once it is brought up to date."""

import subprocess
import sys
from pathlib import Path

from indexing.history.commit_store import RULES, store_words, stored_words
from indexing.repository.repository import Repository
from indexing.secrets.redact import REDACTION_VERSION
from tests.secret_kinds.making import password
from tests.support import HashingEmbedder, bring_up_to_date, config_in, git_repository

# Indexes as a release did whose rules found nothing.
OLDER = """
import sys
from pathlib import Path
import indexing.parsing.syntax.types, indexing.secrets.redact
indexing.parsing.syntax.types.MADE_BY = "3"
indexing.secrets.redact.redact = lambda text: text
from tests.indexing.indexing_child import main
main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), "index")
"""
REPOSITORY = Path(__file__).parents[3]


def holding(folder: Path, secret: str) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]


def test_an_index_of_older_rules_is_made_anew_and_keeps_no_secret(tmp_path: Path) -> None:
    secret = password("stored")
    text = f"def login():\n    password = '{secret}'\n    return password\n"
    root = git_repository(tmp_path, {"shop.py": text})
    command = [sys.executable, "-c", OLDER, str(root), str(tmp_path), str(tmp_path / "journal")]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    repository = Repository(root, config_in(tmp_path), HashingEmbedder())
    assert holding(repository.folder, secret)
    assert bring_up_to_date(repository).parsed == 1
    assert repository.freshness.is_current()
    with repository.manifest() as manifest:
        rows = "\n".join(manifest.database.iterdump())
    assert secret not in rows
    assert "«redacted:password:" in rows


def test_the_words_of_commits_that_older_rules_let_through_are_read_again(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"shop.py": "x = 1\n"})
    repository = Repository(root, config_in(tmp_path), None)
    bring_up_to_date(repository)
    with repository.manifest() as manifest, manifest.transaction():
        database = manifest.database
        store_words(database, {})
        database.execute("INSERT INTO commit_words VALUES ('a', x'')")
        assert list(stored_words(database)) == ["a"]
        database.execute("UPDATE meta SET value = '1' WHERE key = ?", (RULES,))
        assert stored_words(database) == {}
        store_words(database, {})
        assert database.execute("SELECT count(*) FROM commit_words").fetchone() == (0,)
    assert REDACTION_VERSION != "1"
