"""Pinned source archives: fetched through pip, checked, and unpacked into a cache folder.

No code of an archive is run: pip compares the pinned sha256 before it unpacks anything, and the
build backend that it then asks for metadata is our `stand_in`. Knows nothing of questions.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.ask.questions import BenchmarkError, Source
from benchmarks.unpacking import unpack_into

DOWNLOAD_SECONDS = 600
STAND_IN = Path(__file__).with_name("stand_in.py")


def default_cache() -> Path:
    """Return `$XDG_CACHE_HOME/rooftree-benchmarks/ask`, by default under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "rooftree-benchmarks" / "ask"


def fetch_source(source: Source, cache: Path) -> Path:
    """Return the unpacked top folder of `source`, fetching it only when the cache lacks it."""
    checkout = Path(__file__).resolve().parents[2]
    if cache.resolve().is_relative_to(checkout):
        raise BenchmarkError(f"the cache folder {str(cache)!r} lies inside the checkout")
    home = cache / f"{source.name}-{source.version}-{source.sha256[:12]}"
    if not (home / source.folder).is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            archive = download_archive(source, Path(scratch))
            unpack_archive(archive, source, home, Path(scratch) / "unpacked")
    return home / source.folder


def download_archive(source: Source, folder: Path) -> Path:
    """Let pip download the archive into `folder` and return its path."""
    stand_ins = folder / "stand-ins"
    put_stand_in(source.backend, stand_ins)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source.name}=={source.version} --hash=sha256:{source.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--no-binary=:all:", "--use-pep517", "--no-build-isolation"]
    command += ["--dest", str(folder / "archives"), "--requirement", str(requirements)]
    try:
        finished = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(stand_ins)},
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"pip took over {DOWNLOAD_SECONDS} s for {source.name!r}") from error
    archives = list((folder / "archives").glob("*.tar.gz"))
    if finished.returncode != 0 or len(archives) != 1:
        raise BenchmarkError(
            f"pip did not deliver one archive of {source.name} {source.version}; its last words: "
            f"{finished.stderr.strip()[-600:]}"
        )
    return archives[0]


def put_stand_in(backend: str, folder: Path) -> None:
    """Place our stand-in under the dotted name `backend`.

    `sitecustomize` imports it at start-up, so an archive that names a backend of its own (PEP 517's
    `backend-path`) finds the name taken and pip gives up instead of importing from the archive.
    """
    *packages, module = backend.split(".")
    place = folder
    place.mkdir()
    for package in packages:
        place /= package
        place.mkdir()
        (place / "__init__.py").touch()
    shutil.copy(STAND_IN, place / f"{module}.py")
    (folder / "sitecustomize.py").write_text(f"import {backend}\n")


def unpack_archive(archive: Path, source: Source, home: Path, scratch: Path) -> None:
    """Unpack into `scratch`, then move the single top folder into `home` in one step."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != source.sha256:
        raise BenchmarkError(f"{archive.name} has sha256 {found}, expected {source.sha256}")
    try:
        unpack_into(archive, scratch)
    except tarfile.TarError as error:
        raise BenchmarkError(f"{archive.name} cannot be unpacked safely: {error}") from error
    if [entry.name for entry in scratch.iterdir()] != [source.folder]:
        raise BenchmarkError(f"{archive.name} should hold the one folder {source.folder!r}")
    (scratch / source.folder).rename(home / source.folder)
