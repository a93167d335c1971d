"""Ask every question through the installed command and print what came back as Markdown.

Usage: python -m benchmarks.ask.run [--set questions] [--models default,small] [--json OUT]

Exit codes: 0 every citation holds, 1 one does not, 2 the benchmark could not be run.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.ask.questions import FOLDER, SETS, BenchmarkError, Question, load_questions
from benchmarks.ask.score import Outcome, question_table, summarize, summary_table
from benchmarks.ask.sources import default_cache, fetch_source
from benchmarks.ask.verify import Citation, citation_fault, question_faults

ROOFTREE = (sys.executable, "-I", "-m", "rooftree")
EXIT_CODES = {"answered": 0, "not_found": 1, "could_not_look": 3}
ASK_SECONDS = 600
INDEX_SECONDS = 3600


class Answer(BaseModel):
    """What `ask --json` prints, as far as the benchmark reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["answered", "not_found", "could_not_look"]
    citations: tuple[Citation, ...]
    answer: str = ""
    unsupported: int | tuple[Any, ...] | None = None


def main(arguments: Sequence[str] | None = None, rooftree: Sequence[str] = ROOFTREE) -> int:
    options = parse_arguments(arguments)
    try:
        questions, roots = prepare(options)
        if options.check:
            say(f"all {len(questions)} questions fit their sources")
            return 0
        for root in roots.values():
            index_source(root, rooftree)
    except BenchmarkError as error:
        say(f"error: {error}")
        return 2
    outcomes = {
        model: tuple(ask_all(questions, roots, model, rooftree)) for model in options.models
    }
    for model, group in outcomes.items():
        print(f"\n## {options.set}, model {model}\n\n{summary_table(model, summarize(group))}")
        print(f"\n{question_table(group)}")
    if options.json:
        write_report(options.json, options.set, outcomes)
    return int(any(outcome.faults for group in outcomes.values() for outcome in group))


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.ask.run", description=__doc__)
    parser.add_argument("--set", choices=SETS, default="questions")
    parser.add_argument(
        "--models", type=split_names, default="default,small", help="names, separated by commas"
    )
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--limit", type=int, help="ask only the first N questions")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where archives go")
    parser.add_argument("--check", action="store_true", help="check the set, ask nothing")
    return parser.parse_args(arguments)


def split_names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def prepare(options: argparse.Namespace) -> tuple[Sequence[Question], Mapping[str, Path]]:
    """Read the set, fetch the archives it needs, and check that the two fit."""
    chosen = load_questions(FOLDER / f"{options.set}.toml")
    questions = chosen.questions[: options.limit]
    needed = {question.source for question in questions}
    roots: dict[str, Path] = {}
    for source in chosen.sources:
        if source.name in needed:
            say(f"fetching {source.name} {source.version}")
            roots[source.name] = fetch_source(source, options.cache)
    check_questions(questions, roots)
    return questions, roots


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def check_questions(questions: Sequence[Question], roots: Mapping[str, Path]) -> None:
    faults = [
        fault
        for question in questions
        for fault in question_faults(roots[question.source], question)
    ]
    if faults:
        raise BenchmarkError("the question set does not fit its sources:\n" + "\n".join(faults))


def index_source(root: Path, rooftree: Sequence[str] = ROOFTREE) -> None:
    say(f"indexing {root.name}")
    started = time.monotonic()
    finished = run_command([*rooftree, "index", str(root)], os.environ, INDEX_SECONDS)
    if finished is None or finished.returncode != 0:
        words = finished.stderr.strip()[-600:] if finished else f"over {INDEX_SECONDS} s"
        raise BenchmarkError(f"`rooftree index` failed on {root.name}: {words}")
    say(f"indexed {root.name} in {time.monotonic() - started:.1f} s")


def ask_all(
    questions: Sequence[Question],
    roots: Mapping[str, Path],
    model: str,
    rooftree: Sequence[str] = ROOFTREE,
) -> Iterator[Outcome]:
    for number, question in enumerate(questions, start=1):
        outcome = ask(question, roots[question.source], model, rooftree)
        say(
            f"[{model} {number}/{len(questions)}] {question.id}: {outcome.status}, "
            f"gold at {outcome.rank or '–'}, {outcome.seconds:.1f} s {outcome.failure}".rstrip()
        )
        for fault in outcome.faults:
            say(f"  BAD CITATION {fault}")
        yield outcome


def ask(question: Question, root: Path, model: str, rooftree: Sequence[str] = ROOFTREE) -> Outcome:
    """Ask one question and check what comes back."""
    command = [*rooftree, "ask", question.text, "--repo", str(root), "--json"]
    started = time.monotonic()
    finished = run_command(command, os.environ | {"ROOFTREE_MODEL_NAME": model}, ASK_SECONDS)
    seconds = time.monotonic() - started
    if finished is None:
        return Outcome(question, "failed", (), (), seconds, failure=f"over {ASK_SECONDS} s")
    return judge(question, root, finished, seconds)


def run_command(
    command: Sequence[str], environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str] | None:
    """Run one command from the root folder; None when it took too long."""
    try:
        return subprocess.run(
            command,
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def judge(
    question: Question, root: Path, finished: subprocess.CompletedProcess[str], seconds: float
) -> Outcome:
    """Turn the output of the command into an outcome."""
    try:
        answer = Answer.model_validate_json(finished.stdout)
    except ValidationError as error:
        words = finished.stderr.strip()[-300:] or str(error.errors()[0]["msg"])
        failure = f"exit {finished.returncode}: {words}"
        return Outcome(question, "failed", (), (), seconds, failure=failure)
    expected = EXIT_CODES[answer.status]
    if finished.returncode != expected:
        failure = f"exit {finished.returncode} with {answer.status}, expected {expected}"
        return Outcome(question, "failed", (), (), seconds, failure=failure)
    faults = [citation_fault(root, citation) for citation in answer.citations]
    marked = answer.unsupported
    return Outcome(
        question=question,
        status=answer.status,
        citations=tuple(citation.place for citation in answer.citations),
        faults=tuple(fault for fault in faults if fault is not None),
        seconds=seconds,
        unsupported=len(marked) if isinstance(marked, tuple) else marked,
        answer=answer.answer,
    )


def write_report(path: Path, name: str, outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    report = {
        "set": name,
        "models": {
            model: {
                "summary": dataclasses.asdict(summarize(group)),
                "outcomes": [outcome_record(outcome) for outcome in group],
            }
            for model, group in outcomes.items()
        },
    }
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    return {
        "question": outcome.question.id,
        "status": outcome.status,
        "rank": outcome.rank,
        "seconds": round(outcome.seconds, 3),
        "citations": [dataclasses.asdict(place) for place in outcome.citations],
        "faults": list(outcome.faults),
        "unsupported": outcome.unsupported,
        "failure": outcome.failure,
        "answer": outcome.answer,
    }


if __name__ == "__main__":
    sys.exit(main())
