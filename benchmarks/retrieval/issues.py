"""Issues asked of the commits they were written for: are the files found that the mend changed?

    python -m benchmarks.retrieval.issues --issues FILE --clones DIR [--words] [--json FILE]

Each line of `--issues` is a JSON object with `repo` (owner/name), `base_commit`, `query`,
`gold_files` and `gold_functions` (`path::Qualified.name`). `--clones` holds clones with their
history, each as `owner+name`; the issues of others are counted as left out. Questions, commits and
measures are the same for every version of rooftree that runs it, so two can be set side by side.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from indexing.ranking.weights import shipped_weights
from indexing.store.manifest import open_manifest
from indexing.vectors.embedder import Embedder
from indexing.vectors.static_embedder import StaticEmbedder, shipped_folder
from rooftree.git.commands import run_git
from training.retrieval.cases import RetrievalCase
from training.retrieval.replay import ReplaySettings, replay
from training.retrieval.scores import measured, summary

MEASURES = ("file_acc@1", "file_acc@5", "symbol_acc@10", "mrr", "ndcg@10")

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=Path, required=True)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--repos", nargs="+", default=[], help="only these, as owner/name")
    parser.add_argument("--words", action="store_true", help="without an embedder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    by_repo = read_cases(options.issues)
    embedder = None if options.words else StaticEmbedder(shipped_folder())
    found: dict[str, list[Measured]] = {}
    for repo in options.repos or by_repo:
        root = options.clones / repo.replace("/", "+")
        if not root.is_dir():
            print(f"left out: {len(by_repo[repo])} issues of {repo}, no clone")
            continue
        found[repo] = list(ask(root, by_repo[repo], embedder))
        print(row(repo, found[repo]), flush=True)
    print(row("all", [each for values in found.values() for each in values]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), "utf-8")


def read_cases(path: Path) -> dict[str, list[RetrievalCase]]:
    """Return the issues of each repository as cases."""
    found: dict[str, list[RetrievalCase]] = {}
    for line in path.read_text("utf-8").splitlines():
        item = json.loads(line)
        symbols = tuple(tuple(name.split("::", 1)) for name in item["gold_functions"])
        files = tuple(item["gold_files"])
        case = RetrievalCase("history", item["query"], item["base_commit"], 0, files, symbols)
        found.setdefault(item["repo"], []).append(case)
    return found


def ask(
    root: Path, cases: Sequence[RetrievalCase], embedder: Embedder | None
) -> Iterator[Measured]:
    """Yield the measures of each case; one whose gold is not in the index counts as not found."""
    nothing = dict.fromkeys(MEASURES, 0.0)
    with tempfile.TemporaryDirectory(prefix="issues-") as folder:
        manifest = open_manifest(Path(folder))
        try:
            setting = ReplaySettings(root, manifest, embedder, workers=1)
            for replayed in replay(setting, in_order(root, cases)):
                yield measured(replayed, shipped_weights()) if replayed else nothing
        finally:
            manifest.close()


def in_order(root: Path, cases: Sequence[RetrievalCase]) -> list[RetrievalCase]:
    """Sort cases by the time of their commits: neighbours share most of their files."""

    def made(case: RetrievalCase) -> int:
        answer = run_git(root, "show", "-s", "--format=%ct", case.commit)
        return int(answer.output) if answer.code == 0 else 0

    return sorted(cases, key=made)


def row(name: str, values: Sequence[Mapping[str, float]]) -> str:
    """Return one line of a table: the means, and how many cases they are of."""
    means = summary(values)
    cells = [f"{means[key].mean:.3f}" if key in means else "–" for key in MEASURES]
    return f"| {name} ({len(values)}) | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
