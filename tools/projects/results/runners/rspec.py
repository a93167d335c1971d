"""Read the report that RSpec writes as JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_WORDS = {"passed": "PASSED", "failed": "FAILED", "pending": "SKIPPED"}
OUTSIDE = "errors_outside_of_examples_count"


def read_rspec(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield `spec/cart_spec.rb::whole description` of each example; of no report, nothing."""
    try:
        told: Any = json.loads(data)
    except (ValueError, RecursionError):
        return
    examples = told.get("examples") if isinstance(told, dict) else None
    for example in examples if isinstance(examples, list) else ():
        yield from _case(example)
    # A file that cannot be loaded has no examples; RSpec tells only how many there are.
    if isinstance(told, dict) and _count(told) > 0:
        yield "files that cannot be loaded", "FAILED"


def _case(example: object) -> Iterator[tuple[str, str]]:
    if not isinstance(example, dict):
        return
    path, name = example.get("file_path"), example.get("full_description")
    word = _WORDS.get(str(example.get("status")))
    if isinstance(path, str) and isinstance(name, str) and word is not None:
        yield f"{path.removeprefix('./')}::{name}", word


def _count(told: Mapping[str, Any]) -> int:
    summary = told.get("summary")
    count = summary.get(OUTSIDE) if isinstance(summary, dict) else 0
    return count if isinstance(count, int) else 0
