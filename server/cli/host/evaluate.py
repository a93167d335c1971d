"""`rooftree eval` and `rooftree tune`: measured, and learnt, on a repository's own history."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rooftree.errors import UsageError
from server.cli.terminal.common import HERE, JsonOption, RepoOption, load, print_json, print_line
from server.cli.terminal.progress import ProgressBars

if TYPE_CHECKING:
    from training.retrieval.bench import Evaluation, RetrievalBench, TuningResult
    from training.retrieval.evaluation import EvaluationListener, GroupMeasures

app = typer.Typer(help="Measure on a repository's own history.", no_args_is_help=True)

COLUMNS = (
    ("file_acc@1", "file@1"),
    ("file_acc@5", "file@5"),
    ("file_acc@10", "file@10"),
    ("symbol_acc@5", "symbol@5"),
    ("symbol_acc@10", "symbol@10"),
    ("mrr", "MRR"),
    ("ndcg@10", "NDCG@10"),
)

CasesOption = Annotated[
    int, typer.Option("--cases", min=20, max=5_000, help="At most so many changes are asked about.")
]
CommitsOption = Annotated[
    int, typer.Option("--commits", min=20, help="How many of the newest commits are read.")
]
IssuesOption = Annotated[
    Path | None,
    typer.Option("--issues", help="JSON lines of number, title, body: asked with a commit."),
]


@app.callback()
def group() -> None:
    """Keep `retrieval` a subcommand although it is the only one so far."""


@app.command()
def retrieval(
    repo: RepoOption = HERE,
    cases: CasesOption = 200,
    commits: CommitsOption = 4_000,
    issues: IssuesOption = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture (SVG).")] = None,
    questions: Annotated[
        Path | None,
        typer.Option(help="Write the questions with their gold (JSONL)."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Ask a repository's past what its history asked: how often is the right place found?

    A change's message asks, the code before the change is searched, what was changed is right.
    """
    from training.retrieval.history import MiningLimits

    with _bench(repo, issues, quiet=json) as (bench, tell, texts):
        found = bench.evaluate(MiningLimits(cases, commits), tell, texts)
    if plot is not None:
        _write_plot(plot, found)
    if questions is not None:
        _write_questions(questions, found)
    if json:
        print_json(found.as_json())
    else:
        _print(found)


def tune(
    repo: RepoOption = HERE,
    cases: CasesOption = 400,
    commits: CommitsOption = 8_000,
    issues: IssuesOption = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the weights that are shipped.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Learn what ranking should weigh from a repository's history, and use it if it wins.

    Learnt on the older changes, judged on the newer ones. Exit code 0: in use. 1: not better.
    """
    from training.retrieval.history import MiningLimits

    with _bench(repo, issues, quiet=json) as (bench, tell, texts):
        if reset:
            there = bench.forget()
            print_line(f"{bench.repo}: " + ("shipped weights again" if there else "had no others"))
            return
        found = bench.tune(MiningLimits(cases, commits), tell, texts)
    if json:
        print_json(found.as_json())
    else:
        _print_verdict(found)
    raise typer.Exit(0 if found.verdict.promoted else 1)


@contextmanager
def _bench(
    repo: Path, issues: Path | None, *, quiet: bool
) -> "Iterator[tuple[RetrievalBench, EvaluationListener, Mapping[int, str]]]":
    """Yield the bench of a repository, what shows its progress, and the texts of issues."""
    from contextlib import closing

    from indexing.vectors.embedders import EmbedderSource
    from models.weights.store import WeightsStore
    from training.retrieval.bench import RetrievalBench
    from training.retrieval.history import NO_ISSUES, read_issues

    config = load()
    texts = NO_ISSUES if issues is None else read_issues(issues)
    with (
        ProgressBars(quiet=quiet) as bars,
        closing(EmbedderSource(config, lambda: WeightsStore(config.paths.models()))) as source,
    ):
        embedder = source.get()
        if source.problem:
            bars.line(f"note: no vectors: {source.problem}")
        yield RetrievalBench(repo, config, embedder), bars.show, texts


def _write_plot(path: Path, found: "Evaluation") -> None:
    from training.retrieval.plot import draw

    title = f"{Path(found.repo).name}: {len(found.collected.report)} held-out questions"
    _write_file(path, draw(title, found.rows))


def _write_questions(path: Path, found: "Evaluation") -> None:
    from training.retrieval.cases import as_lines

    cases = [each.case for each in (*found.collected.tune, *found.collected.report)]
    _write_file(path, as_lines(cases, Path(found.repo).name))


def _write_file(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {str(path)!r}: {error.strerror}") from error


def _print(found: "Evaluation") -> None:
    collected = found.collected
    print_line(f"{found.repo} at {collected.commit}, {found.ranking} weights")
    print_line(
        f"{len(collected.report)} held-out questions ({len(collected.tune)} older ones are kept "
        f"for learning); {'words, names and vectors' if found.dense else 'words and names alone'}"
    )
    _print_table(found.rows)
    print_line()
    print_line("with tests counted like other code:")
    _print_table(found.rows_without_tests_weighted[:1])
    left_out = ", ".join(f"{name} {count}" for name, count in collected.left_out.items())
    print_line()
    print_line(f"left out: {left_out or 'nothing'}")


def _print_table(rows: "tuple[GroupMeasures, ...]") -> None:
    print_line()
    print_line(f"{'':24}{'n':>5}" + "".join(f"{label:>11}" for _, label in COLUMNS))
    for row in rows:
        means = [row.measures.get(name) for name, _ in COLUMNS]
        cells = "".join(f"{each.mean:>11.3f}" if each else f"{'–':>11}" for each in means)
        print_line(f"{row.group:24}{row.cases:>5}{cells}")
        spans = [f"±{(each.high - each.low) / 2:.3f}" if each else "" for each in means]
        print_line(f"{'':29}" + "".join(f"{span:>11}" for span in spans))


def _print_verdict(found: "TuningResult") -> None:
    verdict = found.verdict
    print_line(
        f"{found.repo}: learnt from {found.learnt_from} questions; "
        f"on {verdict.cases} held-out ones {verdict.before:.3f} before, {verdict.after:.3f} after"
    )
    print_line(("in use: " if verdict.promoted else "not in use: ") + verdict.reason)
