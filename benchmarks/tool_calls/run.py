"""Ask forty held-out questions that each need one tool call, by each way of offering tools.

Usage: python -m benchmarks.tool_calls.run [--models default,small]
       [--ways native,guided,text,required] [--show]

`required` asks with tool_choice=required. The models are installed weights, served embedded.
"""

import argparse
import asyncio
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from models.chat.abilities import Abilities, ToolProtocol
from models.client.client import ChatRequest, Completion, ModelClient
from models.embedded.server import EmbeddedServer
from models.probing.probe_material import ToolProbe, is_valid, offered_tools, read_questions
from models.weights.store import WeightsStore
from models.wire.endpoint import Deadlines
from rooftree.config import load_config
from rooftree.errors import ModelError

PROMPTS = Path(__file__).with_name("prompts.toml")
SYSTEM = "You help a developer with a repository. Use the tools to do what is asked."
WAYS = (*get_args(ToolProtocol), "required")
CONTEXT_TOKENS = 4096
ANSWER_TOKENS = 128


@dataclasses.dataclass(slots=True)
class Tally:
    """How the answers to all questions were."""

    valid: int = 0
    right_tool: int = 0
    right: int = 0
    errors: int = 0
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", default="small,default")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--show", action="store_true", help="print every answer that is not right")
    options = parser.parse_args(arguments)
    print("| model | way | valid call | right tool | right call | errors | seconds |")
    print("|---|---|---|---|---|---|---|")
    for model in options.models.split(","):
        asyncio.run(measured(model, options.ways.split(","), show=options.show))
    return 0


async def measured(model: str, ways: Sequence[str], *, show: bool) -> None:
    """Serve a model and print one row for each way."""
    weights = WeightsStore(load_config().config.paths.models()).find(model).path
    server = EmbeddedServer(weights, adapters={}, context_tokens=CONTEXT_TOKENS, threads=0)
    await server.start()
    try:
        for way in ways:
            tally = await tallied(server, way, show=show)
            cells = (tally.valid, tally.right_tool, tally.right, tally.errors)
            print(f"| {model} | {way} | {' | '.join(map(str, cells))} | {tally.seconds:.0f} |")
    finally:
        await server.stop()


async def tallied(server: EmbeddedServer, way: str, *, show: bool) -> Tally:
    abilities = {
        "native": Abilities(tools="native"),
        "guided": Abilities(tools="guided"),
        "text": Abilities(tools="text"),
        "required": Abilities(),
    }[way]
    client = ModelClient(server.endpoint(), Deadlines(), lambda _: abilities)
    tally = Tally()
    started = time.monotonic()
    for question in read_questions(PROMPTS):
        request = ChatRequest(
            server.model,
            ({"role": "system", "content": SYSTEM}, {"role": "user", "content": question.question}),
            ANSWER_TOKENS,
            temperature=0.0,
            seed=1,
            tools=offered_tools(),
            tool_choice="required" if way == "required" else "auto",
        )
        try:
            answer = await client.chat(request)
        except ModelError as error:
            tally.errors += 1
            if show:
                print(f"  {question.question} -> {error}")
            continue
        count(tally, question, answer, show=show)
    tally.seconds = time.monotonic() - started
    await client.aclose()
    return tally


def count(tally: Tally, question: ToolProbe, answer: Completion, *, show: bool) -> None:
    calls = answer.tool_calls
    tally.valid += bool(calls) and all(map(is_valid, calls))
    tally.right_tool += bool(calls) and calls[0].name == question.tool
    right = len(calls) == 1 and question.is_answered_by(calls[0])
    tally.right += right
    if show and not right:
        print(f"  {question.question} -> {calls or answer.text!r}")


if __name__ == "__main__":
    raise SystemExit(main())
