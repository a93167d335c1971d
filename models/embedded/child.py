"""The process that holds the embedded model: llama.cpp's own server, and nothing of rooftree.

It is run by path in an isolated interpreter, reads one JSON line of settings on stdin, writes one
JSON line with its port (or an error) on stdout, and ends when stdin does: that is how it ends with
a parent that was killed.
"""

import json
import os
import select
import sys
import threading
from typing import Any
from urllib.parse import urlsplit

PARENT_CHECK_SECONDS = 2.0


def parameters(library: Any, settings: dict[str, Any]) -> Any:
    """Return xllamacpp's parameters for our settings."""
    chosen = library.CommonParams()
    chosen.model.path = settings["weights"]
    chosen.model_alias = {settings["alias"]}
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = 0
    chosen.api_keys = [settings["api_key"]]
    chosen.cors_origins = ""
    chosen.ui = False
    chosen.endpoint_slots = False
    chosen.offline = True
    chosen.verbosity = settings.get("verbosity", 1)
    chosen.fit_params = False
    chosen.n_parallel = settings["slots"]
    chosen.n_ctx = settings["slots"] * settings["context_tokens"]
    chosen.cache_ram_mib = settings["cache_mib"]
    chosen.sse_ping_interval = settings["ping_seconds"]
    # Reading a prompt gains from every core; writing one token after another waits on memory, and
    # polling for work would burn the core that the rest of the program needs.
    chosen.cpuparams_batch.n_threads = settings["prompt_threads"]
    chosen.cpuparams.n_threads = settings["threads"]
    chosen.cpuparams_batch.poll = 0
    chosen.cpuparams.poll = 0
    chosen.embedding = settings["embedding"]
    if settings["pooling"]:
        name = f"LLAMA_POOLING_TYPE_{settings['pooling'].upper()}"
        chosen.pooling_type = library.llama_pooling_type[name]
    chosen.lora_init_without_apply = True
    chosen.lora_adapters = [
        library.CommonAdapterLoraInfo(path, 0.0) for path in settings["adapters"]
    ]
    return chosen


def wait_for_parent(lifeline: int, parent: int) -> None:
    """Return when the lifeline ends or the parent is gone.

    A process that our parent forked may hold the other end of the pipe longer than the parent runs.
    """
    while os.getppid() == parent:
        ready, _, _ = select.select([lifeline], [], [], PARENT_CHECK_SECONDS)
        if ready and not os.read(lifeline, 4096):
            return


def leave_with_parent(lifeline: int, parent: int) -> None:
    wait_for_parent(lifeline, parent)
    # The server's threads are in native code and cannot be asked to stop.
    os._exit(0)


def start(settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the running server, to be kept, and what to tell the parent."""
    try:
        import xllamacpp  # type: ignore[import-untyped]  # it ships no type information

        server = xllamacpp.Server(parameters(xllamacpp, settings))
        return server, {"port": urlsplit(server.listening_address).port}
    except Exception as error:  # noqa: BLE001 - the parent words every reason for the user
        return None, {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Serve until the parent is gone."""
    parent = os.getppid()
    # Native code that prints must not garble the one line on stdout.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    settings = json.loads(sys.stdin.readline())
    watch = threading.Thread(target=leave_with_parent, args=(sys.stdin.fileno(), parent))
    watch.start()
    server, told = start(settings)
    with answer:
        answer.write(json.dumps(told) + "\n")
    if server is None:
        os._exit(1)
    watch.join()


if __name__ == "__main__":
    main()
