"""Small real weights for tests: GGUF bytes, model folders, wheels, and a web server with moods."""

import hashlib
import json
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import cast

from models.weights.catalogue import (
    HubSource,
    MirrorSource,
    PackagePart,
    PackageSource,
    WeightsEntry,
    WeightsFile,
    WeightsSource,
)

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
REASON = "because this test needs a source"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def gguf_text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_key(key: str, value: str | int | list[str] | list[int]) -> bytes:
    start = gguf_text(key)
    if isinstance(value, str):
        return start + struct.pack("<I", 8) + gguf_text(value)
    if isinstance(value, int):
        return start + struct.pack("<II", 4, value)
    kind = 8 if value and isinstance(value[0], str) else 4
    items = [
        gguf_text(item) if isinstance(item, str) else struct.pack("<I", item) for item in value
    ]
    return start + struct.pack("<IIQ", 9, kind, len(items)) + b"".join(items)


def gguf_bytes(
    payload: int = 300_000, template: str = TEMPLATE, kind: str = "model", name: str = "Test"
) -> bytes:
    """Return a GGUF file whose tensors are `payload` bytes that depend on the name."""
    keys = [
        gguf_key("general.architecture", "llama"),
        gguf_key("general.type", kind),
        gguf_key("general.name", name),
        gguf_key("general.license", "apache-2.0"),
        gguf_key("llama.context_length", 2048),
        gguf_key("tokenizer.ggml.tokens", ["a", "b", "c"]),
        gguf_key("tokenizer.ggml.token_type", [1, 1, 3]),
    ]
    if template:
        keys.append(gguf_key("tokenizer.chat_template", template))
    header = b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys)) + b"".join(keys)
    seed = hashlib.sha256(name.encode()).digest()
    return header + (seed * (payload // len(seed) + 1))[:payload]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def gguf_entry(
    content: bytes, sources: tuple[WeightsSource, ...] = (), name: str = "toy"
) -> WeightsEntry:
    return WeightsEntry(
        name=name,
        aliases=(f"{name}-alias",),
        title=f"{name.title()} Q4",
        form="gguf",
        licence="Apache-2.0",
        notice="Made by a test.",
        context_length=2048,
        files=(WeightsFile(f"{name}.gguf", len(content), sha256(content)),),
        sources=sources,
        template_sha256=sha256(TEMPLATE.encode()),
    )


MIRROR = MirrorSource(kind="mirror", path="toy", reason=REASON)
HUB = HubSource(kind="hub", repository="maker/toy", revision=REVISION, reason=REASON)
HUB_PATH = f"/maker/toy/resolve/{REVISION}/toy.gguf"


def in_packages(content: bytes, cuts: tuple[int, ...]) -> tuple[PackageSource, list[bytes]]:
    """Cut content at the given places; return the source and the pieces."""
    edges = [0, *cuts, len(content)]
    pieces = [content[start:end] for start, end in pairwise(edges)]
    parts = tuple(
        PackagePart(f"toy-part{i}==1.0", member=f"toy_part{i}/data/part.bin", size=len(piece))
        for i, piece in enumerate(pieces, 1)
    )
    return PackageSource(kind="packages", parts=parts, reason=REASON), pieces


def write_wheel(folder: Path, distribution: str, members: dict[str, bytes]) -> Path:
    """Write a wheel that pip accepts; its package raises when it is imported."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = distribution.replace("-", "_")
    path = folder / f"{stem}-1.0-py3-none-any.whl"
    info = f"{stem}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}/__init__.py", "raise SystemExit('imported')")
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def write_wheels(folder: Path, pieces: list[bytes]) -> tuple[str, ...]:
    """Write one wheel a piece; return pip's arguments to find them and nothing else."""
    for i, piece in enumerate(pieces, 1):
        write_wheel(folder, f"toy-part{i}", {f"toy_part{i}/data/part.bin": piece})
    return offline_pip(folder)


def offline_pip(folder: Path) -> tuple[str, ...]:
    return ("--no-index", "--find-links", str(folder), "--isolated")


def write_embedder(folder: Path) -> Path:
    """Write the skeleton of a sentence-transformers folder."""
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Pooling"}]
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    (folder / "1_Pooling" / "config.json").write_text("{}")
    (folder / "vocab.txt").write_text("a\nb\n")
    (folder / "model.safetensors").write_bytes(b"weights" * 100)
    (folder / "README.md").write_text("left out")
    (folder / ".gitattributes").write_text("left out")
    return folder


@dataclass
class Site:
    """What a server serves, and how badly it behaves."""

    files: dict[str, bytes]
    status: int = 0
    redirect: str = ""
    cut_after: int = 0
    """Close the connection after so many bytes of every body."""
    stall_after: int = 0
    """Fall silent after so many bytes."""
    ignore_range: bool = False
    content_range: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)


class SiteServer(ThreadingHTTPServer):
    """A server that knows its site."""

    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), SiteHandler)
        self.site = site


class SiteHandler(BaseHTTPRequestHandler):
    """Answer GET with a file, or with one of the site's moods."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        pass

    def do_GET(self) -> None:
        site = cast(SiteServer, self.server).site
        site.requests.append((self.path, self.headers.get("Range", "")))
        body = site.files.get(self.path)
        if site.redirect:
            self._head(302, {"Location": site.redirect, "Content-Length": "0"})
        elif site.status or body is None:
            self._head(site.status or 404, {"Content-Length": "0"})
        else:
            self._serve(site, body)

    def _serve(self, site: Site, body: bytes) -> None:
        wanted = self.headers.get("Range", "")
        start = 0 if site.ignore_range or not wanted else int(wanted[6:].rstrip("-"))
        headers = {"Content-Length": str(len(body) - start)}
        if start:
            found = f"bytes {start}-{len(body) - 1}/{len(body)}"
            headers["Content-Range"] = site.content_range or found
        self._head(206 if start else 200, headers)
        self._send(site, body[start:])

    def _send(self, site: Site, body: bytes) -> None:
        limit = site.cut_after or site.stall_after or len(body)
        self.wfile.write(body[:limit])
        self.wfile.flush()
        if limit < len(body):
            if site.stall_after:
                site.released.wait(20)
            self.close_connection = True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site on a free loopback port."""
    server = SiteServer(site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
