"""What the programs of the benchmarks share: how they end, and what a measurement is asked."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.repair.archives import default_cache
from benchmarks.repair.tasks import SETS, RepairError
from rooftree.errors import RooftreeError

Result = TypeVar("Result")


def mined(work: Coroutine[Any, Any, None]) -> int:
    """Run a miner; returns its exit code."""
    try:
        asyncio.run(work)
    except RepairError as error:
        say(f"error: {error}")
        return 2
    return 0


def measured(
    work: Coroutine[Any, Any, Sequence[Result]], table: Callable[[Sequence[Result]], str]
) -> int:
    """Run a measurement and print its table; returns its exit code."""
    try:
        results = asyncio.run(work)
    except (RepairError, RooftreeError) as error:
        say(f"error: {error}")
        return 2
    if results:
        print(table(results))
    return 0


def add_arguments(parser: argparse.ArgumentParser, out: Path) -> None:
    """Add what is asked of every measurement."""
    parser.add_argument("--set", choices=SETS, default="tune")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--resume", action="store_true", help="go on where --out ends")
    parser.add_argument("--endpoint", default="", help="base URL, ending in /v1")
    parser.add_argument("--model", default="", help="a model's id, or installed weights")
    parser.add_argument("--cache", type=Path, default=default_cache())


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
