"""A real vLLM as a child process: its command, its environment, waiting for it, and its end."""

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx2

from models.wire.endpoint import Endpoint
from rooftree.paths import user_folder
from tests.vllm.material import BASE

NAME = "tiny"
CONTEXT_TOKENS = 2048
START_SECONDS = 600.0
"""It takes half a minute on two idle cores, and several on busy ones."""
STOP_SECONDS = 20.0
POLL_SECONDS = 0.5
TAIL_LINES = 40
LORA_SLOTS = 8
"""More than are ever loaded, so that the last stays empty: on CPUs vLLM gives questions to the base
the last slot's adapter where it computes them beside an adapter's (its issue 48421)."""
ARGUMENTS = (
    *("--served-model-name", NAME, "--host", "127.0.0.1", "--dtype", "bfloat16"),
    *("--max-model-len", str(CONTEXT_TOKENS), "--max-num-seqs", "8", "--enforce-eager"),
    *("--enable-lora", "--max-loras", str(LORA_SLOTS), "--max-lora-rank", "8"),
    *("--enable-auto-tool-choice", "--tool-call-parser", "hermes"),
)
ENVIRONMENT = {
    # It must not even try to reach anything but loopback.
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_HOST_IP": "127.0.0.1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    # One thread is faster than two that spin on two cores: 1.2 s for 32 tokens, not 1.6 s.
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
    "VLLM_PLUGINS": "lora_filesystem_resolver",
}


class StartError(RuntimeError):
    """The server is not there, or ended or hung while it started."""


def venv() -> Path:
    """Return the virtual environment that scripts/vllm-cpu.sh makes."""
    named = os.environ.get("VLLM_VENV")
    return (
        Path(named) if named else user_folder("XDG_CACHE_HOME", ".cache") / "rooftree-vllm"
    ).resolve()


class VllmServer:
    """One vLLM that serves the tiny model; `adapters` is where it looks for adapters by name."""

    def __init__(self, folder: Path) -> None:
        """`folder` takes its log, its home and the adapters that it finds by itself."""
        self.key = secrets.token_urlsafe(24)
        self.adapters = folder / "adapters"
        self._home = folder / "home"
        self._log = folder / "vllm.log"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def endpoint(self, key: str | None = None) -> Endpoint:
        return Endpoint(f"{self.url}/v1", self.key if key is None else key, embedded=False)

    def http(self, keyed: bool = True) -> httpx2.Client:
        """Return a client for what ModelClient has no method for."""
        headers = {"authorization": f"Bearer {self.key}"} if keyed else {}
        return httpx2.Client(base_url=self.url, headers=headers, trust_env=False, timeout=120.0)

    def start(self) -> None:
        program, base = venv() / "bin" / "vllm", venv() / "rooftree" / BASE
        if not (program.is_file() and base.is_dir()):
            raise StartError(f"there is no vLLM in {str(venv())!r}; run scripts/vllm-cpu.sh")
        for folder in (self.adapters, self._home):
            folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(program), "serve", str(base), "--port", str(self._port), *ARGUMENTS],
                env=self._environment(),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # It starts children of its own; a session makes one group of them.
                start_new_session=True,
            )
        self._wait(self._process)

    def stop(self) -> None:
        """End the server and its children, by force after a while."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        # Its engine may outlive it, above all when it was ended while it started.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def tail(self) -> str:
        """Return the last lines of its log."""
        text = self._log.read_text("utf-8", "replace") if self._log.is_file() else ""
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def _environment(self) -> dict[str, str]:
        return ENVIRONMENT | {
            "PATH": f"{venv() / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self._home),
            "VLLM_API_KEY": self.key,
            "VLLM_LORA_RESOLVER_CACHE_DIR": str(self.adapters),
        }

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self.http() as http:
            while time.monotonic() < deadline:
                if process.poll() is not None:
                    raise StartError(f"vLLM ended with status {process.returncode}:\n{self.tail()}")
                try:
                    if http.get("/health").status_code == httpx2.codes.OK:
                        return
                except httpx2.TransportError:
                    pass
                time.sleep(POLL_SECONDS)
        raise StartError(f"vLLM did not start within {START_SECONDS:g} s:\n{self.tail()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
