"""Time chat calls straight to a fake model and through `rooftree serve`, in turns.

Usage: python -m benchmarks.proxy.run [--concurrent 50] [--rounds 8] [--seconds 1.0]

The fake answers after --seconds; --concurrent callers each ask again as soon as they are answered.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

BODY = {"model": "fake", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 8}
PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--concurrent", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), options))
    return 0


async def measure(folder: Path, options: argparse.Namespace) -> None:
    fake = started([sys.executable, "-m", "benchmarks.proxy.fake", str(options.seconds)], {})
    port = line_of(fake)
    variables = {
        "XDG_STATE_HOME": str(folder),
        "ROOFTREE_MODEL_ENDPOINT": f"http://127.0.0.1:{port.strip()}/v1",
        "ROOFTREE_MODEL_NAME": "fake",
        "ROOFTREE_MODEL_PROBE": "false",
        "ROOFTREE_SERVE_PORT": "0",
    }
    command = [sys.executable, "-I", "-m", "rooftree"]
    # Creating a key ends at once; nothing else runs in this loop yet.
    made = started([*command, "keys", "create", "bench"], variables)
    token = line_of(made).strip()
    made.wait()
    ours = started([*command, "serve"], variables)
    match = None
    while match is None:
        match = PORT.search(line_of(ours))
    try:
        direct = f"http://127.0.0.1:{port.strip()}/v1/chat/completions"
        proxied = f"http://127.0.0.1:{match.group(1)}/v1/chat/completions"
        times: dict[str, list[float]] = {"direct": [], "through rooftree": []}
        for _ in range(options.rounds):
            times["direct"] += await asked(direct, "", options.concurrent)
            times["through rooftree"] += await asked(proxied, token, options.concurrent)
    finally:
        for process in (ours, fake):
            process.terminate()
            process.wait()
    report(times, options)


def report(times: dict[str, list[float]], options: argparse.Namespace) -> None:
    print(f"{options.concurrent} concurrent, the model answers after {options.seconds:g} s\n")
    print("| way | calls | p50 ms | p95 ms |")
    print("|---|---|---|---|")
    middle = {}
    for way, seconds in times.items():
        cuts = statistics.quantiles(seconds, n=20)
        middle[way] = statistics.median(seconds)
        print(f"| {way} | {len(seconds)} | {middle[way] * 1000:.1f} | {cuts[18] * 1000:.1f} |")
    added = (middle["through rooftree"] - middle["direct"]) * 1000
    print(
        f"\nadded at p50: {added:.1f} ms; ratio {middle['through rooftree'] / middle['direct']:.4f}"
    )


async def asked(url: str, key: str, concurrent: int) -> list[float]:
    """Let callers ask three times each; return the seconds of the last two, connections warm."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=concurrent, max_keepalive_connections=concurrent)
    seconds: list[float] = []
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client:

        async def caller(number: int) -> None:
            # As people come: not all in the same millisecond.
            await asyncio.sleep(number / concurrent)
            for turn in range(3):
                begun = time.perf_counter()
                answer = await client.post(url, json=BODY, headers=headers)
                answer.raise_for_status()
                if turn:
                    seconds.append(time.perf_counter() - begun)

        await asyncio.gather(*(caller(number) for number in range(concurrent)))
    return seconds


def started(command: Sequence[str], variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def line_of(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise SystemExit("a server ended before it said where it listens")
    return line


if __name__ == "__main__":
    raise SystemExit(main())
