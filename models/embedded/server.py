"""The embedded model server: llama.cpp in a child process that ends with its parent.

It takes a GGUF file and adapters and gives an Endpoint. Who needs one, and what weights are called,
is not known here; `embedded_child.py` is what runs on the other side.
"""

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import httpx2

from models.embedded.stderr_tail import StderrTail
from models.wire.endpoint import Endpoint
from rooftree.errors import ConfigError, ModelTimeoutError, ModelUnavailableError, WeightsError

ADAPTER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*@v[0-9]+")
CHILD = Path(__file__).with_name("child.py")
SLOTS = 2
HEALTH_POLL_SECONDS = 0.1
PING_SECONDS = 2
CACHE_MIB = 256
"""What llama.cpp may keep of evicted prompts, in memory; its own default is 8 GiB."""
PASSED_VARIABLES = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "TMPDIR")


class EmbeddedServer:
    """One llama.cpp server with one model, two slots and the adapters it was started with."""

    child = CHILD
    start_seconds = 180.0
    stop_seconds = 5.0

    def __init__(
        self,
        weights: Path,
        *,
        adapters: Mapping[str, Path],
        context_tokens: int,
        threads: int,
        embedding: bool = False,
        pooling: str = "",
    ) -> None:
        """With `embedding` it serves vectors and nothing else.

        `pooling` (`mean`, `cls`, `last`) makes one vector of a text's many; empty means what the
        weights say, and chat models say nothing.
        """
        self._weights = weights
        self._adapters = dict(adapters)
        self._context_tokens = context_tokens
        self._prompt_threads = threads or cores()
        self._embedding = embedding
        self._pooling = pooling
        self._key = secrets.token_urlsafe(32)
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr = StderrTail()
        self._port = 0

    @property
    def model(self) -> str:
        """The id under which the server lists its base model."""
        return self._weights.stem

    @property
    def alive(self) -> bool:
        return self._port > 0 and self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def endpoint(self) -> Endpoint:
        """Return where the server listens and the key it asks for."""
        if not self.alive:
            raise ModelUnavailableError(
                f"the embedded model server for {self.model!r} is not running; ask again to start "
                f"it{self._stderr.quoted()}"
            )
        base_url = f"http://127.0.0.1:{self._port}/v1"
        return Endpoint(base_url, self._key, embedded=True, adapters=tuple(self._adapters))

    async def start(self) -> None:
        """Start the child and wait until it answers."""
        self._check_files()
        started = False
        try:
            async with asyncio.timeout(self.start_seconds):
                self._launch()
                self._port = self._port_of(await asyncio.to_thread(self._first_line))
                await self._wait_for_health()
            started = True
        except TimeoutError as error:
            raise ModelTimeoutError(
                f"the embedded model server did not load {str(self._weights)!r} within "
                f"{self.start_seconds:g} s; use a smaller model, or set model.endpoint"
                f"{self._stderr.quoted()}"
            ) from error
        finally:
            if not started:
                await asyncio.shield(self.stop())

    async def stop(self) -> None:
        """End the child: by closing its lifeline, or by force after five seconds."""
        process, self._process, self._port = self._process, None, 0
        if process is not None:
            await asyncio.to_thread(self._end, process)

    def _check_files(self) -> None:
        for name, path in self._adapters.items():
            if not ADAPTER_NAME.fullmatch(name):
                raise ConfigError(
                    f"model.adapters: {name!r} is no adapter name; it must look like 'team@v1', "
                    "in lower case"
                )
            if not path.is_file():
                raise WeightsError(
                    f"the file of the adapter {name!r} is missing: {str(path)!r}; "
                    "correct model.adapters"
                )
        if not self._weights.is_file():
            raise WeightsError(
                f"the weights {str(self._weights)!r} are missing; get them with "
                "`rooftree models pull`"
            )

    def _settings(self) -> dict[str, Any]:
        return {
            "weights": str(self._weights.resolve()),
            "alias": self.model,
            "adapters": [str(path.resolve()) for path in self._adapters.values()],
            "api_key": self._key,
            # Two texts that share a batch spoil each other's mean (cosine .94, measured): one slot.
            "slots": 1 if self._embedding else SLOTS,
            "context_tokens": self._context_tokens,
            "prompt_threads": self._prompt_threads,
            "threads": max(1, self._prompt_threads - 1),
            "embedding": self._embedding,
            "pooling": self._pooling,
            "ping_seconds": PING_SECONDS,
            # llama.cpp finds a saved prompt by its tokens alone, so that an adapter would go on
            # from another's state (its issue 26207); the slots themselves do check the adapter.
            "cache_mib": 0 if self._adapters else CACHE_MIB,
        }

    def _launch(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-I", str(self.child)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=self._environment(),
            # Ctrl-C is for us; the lifeline tells the child.
            start_new_session=True,
        )
        self._process = process
        self._stderr.follow(process.stderr)
        assert process.stdin is not None  # noqa: S101 - for mypy: it was asked for as a pipe
        try:
            process.stdin.write(json.dumps(self._settings()).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return  # the missing first line says the rest

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
        return passed | {
            "OMP_WAIT_POLICY": "passive",
            "OMP_NUM_THREADS": str(self._prompt_threads),
            "LC_ALL": "C.UTF-8",
        }

    def _first_line(self) -> bytes:
        process = self._process
        return process.stdout.readline() if process and process.stdout else b""

    def _port_of(self, line: bytes) -> int:
        try:
            told = json.loads(line)
        except ValueError:
            told = {"error": "it ended without a word"}
        port = told.get("port")
        if isinstance(port, int):
            return port
        raise ModelUnavailableError(
            f"the embedded model server cannot serve {str(self._weights)!r}: {told.get('error')}; "
            f"check the file with `rooftree models verify`{self._stderr.quoted()}"
        )

    async def _wait_for_health(self) -> None:
        """Wait while the server answers 503, which means that it is loading."""
        async with httpx2.AsyncClient(trust_env=False, verify=False) as http:
            while self.alive:
                try:
                    answer = await http.get(f"http://127.0.0.1:{self._port}/health")
                    if answer.status_code == httpx2.codes.OK:
                        return
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(HEALTH_POLL_SECONDS)
        raise ModelUnavailableError(
            f"the embedded model server ended while it loaded {str(self._weights)!r}; "
            f"check that there is enough memory{self._stderr.quoted()}"
        )

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _close(process.stdin)
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # Only now: until the child has ended a thread of ours may be reading.
        _close(process.stdout)
        self._stderr.finish()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:
        return
