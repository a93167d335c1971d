"""How well an embedder finds the function that a comment describes, beside BM25 and both together.

    python -m training.static_embedder.evaluation --static DIR [--minilm DIR] [--clones DIR]

The question is a comment's first paragraph, the documents are all documented functions without
their comments: those of CPython's library, and of clones of repositories that nothing was learnt
from.
"""

import argparse
import ast
import json
import math
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.embed import Embedder, SentenceTransformerEmbedder
from indexing.features import is_test
from indexing.lexical import counted
from training.static_embedder.pairs import Pair, first_paragraph, pairs_of
from training.static_embedder.sources import Clone

Scores = NDArray[np.float32]
Scorer = Callable[[Sequence[str], Sequence[str]], Scores]
"""From questions and documents to scores: shape (questions, documents)."""

FEW = 300
LEAST_WORDS = 3
MOST = 2_500
LANGUAGES = {"gin": "Go", "hugo": "Go", "gson": "Java", "netty": "Java", "fd": "Rust"}


@dataclass(frozen=True, slots=True)
class Found:
    """Mean reciprocal rank and recall at ten, among all documents and among the first few."""

    mrr: float
    recall: float
    mrr_few: float
    recall_few: float


def library_pairs() -> list[Pair]:
    """Return the documented functions of Python's own library, without tests."""
    library = Path(sysconfig.get_path("stdlib"))
    found = []
    for path in sorted(library.rglob("*.py")):
        inside = path.relative_to(library).parts
        if {"site-packages", "test", "tests", "idle_test", "lib2to3"} & set(inside):
            continue
        found += list(python_pairs(path.read_text("utf-8", "replace")))
    return distinct(found)


def python_pairs(text: str) -> Iterator[Pair]:
    """Yield the functions of a file that have a docstring."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    lines = text.split("\n")
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        said = ast.get_docstring(node)
        if not said or len(node.body) < 2:
            continue
        first = node.body[0]
        code = lines[node.lineno - 1 : first.lineno - 1]
        code += lines[(first.end_lineno or first.lineno) : node.end_lineno]
        question = first_paragraph(said.split("\n"))
        if len(question.split()) >= LEAST_WORDS:
            yield Pair("comment", question, "\n".join(code))


def clone_pairs(root: Path) -> list[Pair]:
    """Return the documented definitions of a repository, without tests."""
    found = [
        pair
        for file in Clone(root).files()
        if not is_test(file.path)
        for pair in pairs_of(file.path, file.text)
        if pair.kind == "comment"
    ]
    return distinct(found)[:MOST]


def distinct(pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out questions and documents that came before: both could be right."""
    questions: set[str] = set()
    codes: set[str] = set()
    kept = []
    for pair in pairs:
        if pair.question not in questions and pair.code not in codes:
            questions.add(pair.question)
            codes.add(pair.code)
            kept.append(pair)
    return kept


def bm25(questions: Sequence[str], documents: Sequence[str]) -> Scores:
    """Score with BM25 over split, stemmed words (k1 1.2, b 0.75)."""
    bags = [counted(text) for text in documents]
    lengths = np.array([sum(bag.values()) for bag in bags], dtype=np.float32)
    postings: dict[int, list[tuple[int, int]]] = {}
    for number, bag in enumerate(bags):
        for word, times in bag.items():
            postings.setdefault(word, []).append((number, times))
    room = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
    scores = np.zeros((len(questions), len(documents)), dtype=np.float32)
    for row, question in enumerate(questions):
        for word, said in Counter(counted(question)).items():
            held = postings.get(word)
            if held:
                rows = np.array([number for number, _ in held])
                times = np.array([n for _, n in held], dtype=np.float32)
                rare = math.log(1 + (len(bags) - len(held) + 0.5) / (len(held) + 0.5))
                scores[row, rows] += min(said, 2) * rare * times * 2.2 / (times + room[rows])
    return scores


def by(embedder: Embedder) -> Scorer:
    """Score by cosine."""

    def score(questions: Sequence[str], documents: Sequence[str]) -> Scores:
        found: Scores = embedder.embed_query(questions) @ embedder.embed(documents).T
        return found

    return score


def together(one: Scores, other: Scores) -> Scores:
    """Add two scores, each measured in its own standard deviations a question."""

    def standard(scores: Scores) -> Scores:
        spread = np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
        return (scores - scores.mean(axis=1, keepdims=True)) / spread

    return standard(one) + standard(other)


def measured(scores: Scores) -> Found:
    """Rank the right document, which has the question's own number."""
    few = min(FEW, len(scores))
    every, first = _ranks(scores), _ranks(scores[:few, :few])
    return Found(
        float((1 / every).mean()),
        float((every <= 10).mean()),
        float((1 / first).mean()),
        float((first <= 10).mean()),
    )


def _ranks(scores: Scores) -> NDArray[np.int64]:
    right = np.diagonal(scores)[:, None]
    # Of equal scores half are taken to come first.
    above = (scores > right).sum(axis=1) + ((scores == right).sum(axis=1) - 1) // 2
    return above + 1


def table(pairs: Sequence[Pair], embedders: dict[str, Embedder]) -> dict[str, Found]:
    """Measure BM25, each embedder, and each together with BM25."""
    order = np.random.default_rng(7).permutation(len(pairs))
    questions = [pairs[n].question for n in order]
    documents = [pairs[n].code for n in order]
    words = bm25(questions, documents)
    rows = {"BM25": measured(words)}
    for name, embedder in embedders.items():
        began = time.monotonic()
        scores = by(embedder)(questions, documents)
        speed = len(documents) / (time.monotonic() - began)
        rows[f"{name} ({speed:,.0f} documents/s)"] = measured(scores)
        rows[f"{name} + BM25"] = measured(together(scores, words))
    return rows


def main() -> None:
    from indexing.static_embedder import StaticEmbedder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", type=Path, action="append", default=[])
    parser.add_argument("--minilm", type=Path)
    parser.add_argument("--clones", type=Path, help="A folder of clones by name.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    embedders: dict[str, Embedder] = {p.name: StaticEmbedder(p) for p in options.static}
    if options.minilm:
        embedders["MiniLM"] = SentenceTransformerEmbedder(options.minilm)
    sets = {"CPython's library (Python)": library_pairs()}
    for name, language in LANGUAGES.items():
        if options.clones and (options.clones / name).is_dir():
            sets[f"{name} ({language})"] = clone_pairs(options.clones / name)
    results = {}
    for name, pairs in sets.items():
        results[name] = table(pairs, embedders)
        print(f"\n{name}: {len(pairs)} functions\n")  # noqa: T201 - a program
        print("| | MRR | R@10 | MRR of 300 | R@10 of 300 |\n|---|---|---|---|---|")  # noqa: T201
        for label, row in results[name].items():
            figures = (row.mrr, row.recall, row.mrr_few, row.recall_few)
            print(f"| {label} | " + " | ".join(f"{x:.3f}" for x in figures) + " |")  # noqa: T201
    if options.json:
        options.json.write_text(
            json.dumps(
                {
                    name: {label: [row.mrr, row.recall] for label, row in rows.items()}
                    for name, rows in results.items()
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
