"""Whether a question is answered: a name that stands nowhere is a reason, a word only a hint."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.ask.abstention import AnswerVerdict, decide_answer
from indexing.search.query_coverage import coverage_of
from tests.support import config_in, git_repository, indexed

STORE = '''"""Keeping records."""


async def flush_records(journal, target):
    """Write buffered records to the journal file."""
    async with journal.lock:
        await journal.write(target)


def oldest_record(journal):
    """Return the record that was written first."""
    return min(journal.records, key=lambda record: record.time)
'''
CALC = "def total(prices):\n    return sum(prices)\n"
FILES: Mapping[str, str] = {
    "store/journal.py": STORE,
    "tools/calc.py": CALC,
    "README.md": "# Shop\n",
}


def judged(tmp_path: Path, question: str) -> AnswerVerdict:
    repository = indexed(git_repository(tmp_path, dict(FILES)), config_in(tmp_path))
    with repository.searcher() as searcher:
        return decide_answer(coverage_of(searcher, searcher.search(question, 14)))


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Is writing the buffered records asynchronous?", ()),
        ("How are buffered records of the journal put on a diskette?", ("diskette",)),
        ("Which function of calc adds prices?", ("adds",)),
        ("Where are enough journal records seen together?", ()),
        ("Where are records altered, shrunk and mistyped?", ("altered", "shrunk", "mistyped")),
        ("Why isn't a record written?", ()),
    ],
)
def test_an_ordinary_word_that_stands_nowhere_is_told_and_no_reason_to_refuse(
    tmp_path: Path, question: str, missing: tuple[str, ...]
) -> None:
    verdict = judged(tmp_path, question)
    assert verdict.answered
    assert verdict.missing == missing


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What does `flush_ledger` do with journal records?", "'flush_ledger' occurs nowhere"),
        ("What does flushLedger do with journal records?", "'flushLedger' occurs nowhere"),
        ("How are journal records sent to Kafka?", "'Kafka' occurs nowhere"),
        ("How are journal UUIDs made?", "'UUIDs' occurs nowhere"),
        ("Are subscribers invoiced monthly?", "'subscribers', 'invoiced', 'monthly' occur nowhere"),
    ],
)
def test_a_name_or_most_words_that_stand_nowhere_are_a_reason_told_as_they_are_written(
    tmp_path: Path, question: str, told: str
) -> None:
    verdict = judged(tmp_path, question)
    assert not verdict.answered
    assert verdict.reason.startswith(told)
