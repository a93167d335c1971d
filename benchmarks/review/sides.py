"""Who is compared: each side is given a change on disk and says what is wrong with it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from benchmarks.repair.model import CONTEXT_TOKENS, KEY_VARIABLE
from benchmarks.review.change import Change
from benchmarks.review.findings import Finding, Review, failed, review_of
from benchmarks.review.histories import is_source
from rooftree.config import load_config

LAUNCHER = Path(__file__).parents[2] / "rooftree" / "__main__.py"
"""Of this very checkout: an isolated interpreter would find another one that is installed."""
ANSWERED = (0, 1)
"""The exit codes of a review; 2 is a wrong call and 3 a review that could not look."""


class Side(Protocol):
    """Reviews the change between `base` and `head`."""

    async def review(self, change: Change) -> Review: ...


class Chance:
    """Five changed lines of the project's own code, evenly spread: what luck alone hits."""

    async def review(self, change: Change) -> Review:
        places = [
            (path, line)
            for path in change.paths
            if is_source(path)
            for line in sorted(change.added(path))
        ]
        step = max(len(places) / 5, 1)
        chosen = [places[int(number * step)] for number in range(min(5, len(places)))]
        return review_of(
            tuple(
                Finding(
                    path=path,
                    line=line,
                    end_line=line,
                    claim="a changed line",
                    quote=change.quote(path, line, line),
                    source="chance",
                )
                for path, line in chosen
            )
        )


@dataclass(frozen=True, slots=True)
class Rooftree:
    """`rooftree review`, as a user starts it, with a state folder of the benchmark's own."""

    environment: Mapping[str, str]
    seconds: float
    command: tuple[str, ...] = (sys.executable, "-I", str(LAUNCHER), "review")

    async def review(self, change: Change) -> Review:
        """Run the command; one that takes too long is ended with whatever it started."""
        arguments = ("--repo", str(change.folder), "--base", "base", "--head", "head", "--json")
        process = await asyncio.create_subprocess_exec(
            *self.command,
            *arguments,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, errors = await asyncio.wait_for(process.communicate(), self.seconds)
        except TimeoutError:
            return failed(f"no answer in {self.seconds:.0f} s")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        return read_review(process.returncode or 0, out, errors)


def read_review(code: int, out: bytes, errors: bytes) -> Review:
    """Read what the command printed; anything but a whole review is a failure."""
    words = errors.decode("utf-8", "replace").strip()[-250:]
    if code not in ANSWERED:
        return failed(f"exit code {code}: {words}")
    try:
        return Review.model_validate(json.loads(out))
    except (ValueError, ValidationError) as error:
        return failed(f"no review in JSON: {str(error)[:150]} {words}")


@contextmanager
def opened_rooftree(
    python_environment: Path, endpoint: str, model: str, seconds: float
) -> Iterator[Rooftree]:
    """Give rooftree a new state folder, this machine's weights, and the tests' environment."""
    with tempfile.TemporaryDirectory(prefix="rooftree-review-") as folder:
        state = Path(folder)
        (state / "models").symlink_to(load_config().config.paths.models())
        chosen = {
            "VIRTUAL_ENV": str(python_environment),
            "ROOFTREE_STATE_FOLDER": str(state),
            "ROOFTREE_INDEX_EMBEDDER": "none",
            "ROOFTREE_MODEL_PROBE": "false",
            "ROOFTREE_MODEL_CONTEXT_TOKENS": str(CONTEXT_TOKENS),
        }
        if endpoint:
            chosen["ROOFTREE_MODEL_ENDPOINT"] = endpoint
            chosen["ROOFTREE_MODEL_API_KEY_ENV"] = KEY_VARIABLE
        if model:
            chosen["ROOFTREE_MODEL_NAME"] = model
        yield Rooftree(os.environ | chosen, seconds)
