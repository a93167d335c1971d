"""Source archives from the package index, checked and unpacked into a cache outside the checkout.

pip asks an archive's build backend for metadata before it keeps the archive, so our own stand-in is
put up under the usual backends' names: no code of an archive is run to fetch it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.ask.sources import STAND_IN
from benchmarks.repair.tasks import Package, RepairError
from benchmarks.unpacking import unpack_into

DOWNLOAD_SECONDS = 300
BACKENDS = (
    "setuptools.build_meta",
    "flit_core.buildapi",
    "hatchling.build",
    "poetry.core.masonry.api",
    "pdm.backend",
    "uv_build",
)
LEGACY = "\nimport sys\n__legacy__ = sys.modules[__name__]\n"
"""Where an archive names no backend, pip takes this attribute of setuptools' own."""


def default_cache() -> Path:
    """Return `$XDG_CACHE_HOME/rooftree-benchmarks/repair`, by default under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "rooftree-benchmarks" / "repair"


def check_cache(cache: Path) -> Path:
    """Refuse a cache below the checkout, where foreign code must never lie."""
    if cache.resolve().is_relative_to(Path(__file__).resolve().parents[2]):
        raise RepairError(f"the cache folder {str(cache)!r} lies inside the checkout")
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def fetch_archive(package: Package, cache: Path) -> Path:
    """Return a package's archive, downloaded only where the cache lacks it, and checked always."""
    kept = cache / "archives" / f"{package.folder}-{package.sha256[:12]}.tar.gz"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        requirement = f"{package.name}=={package.version} --hash=sha256:{package.sha256}"
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            download(requirement, Path(scratch)).replace(kept)
    found = sha256_of(kept)
    if found != package.sha256:
        raise RepairError(f"{kept.name} has sha256 {found}, expected {package.sha256}; delete it")
    return kept


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def download(requirement: str, folder: Path) -> Path:
    """Let pip download one source archive into `folder` and return its path."""
    stand_ins = folder / "stand-ins"
    put_stand_ins(stand_ins)
    (folder / "requirements.txt").write_text(requirement + "\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--no-binary=:all:", "--use-pep517", "--no-build-isolation"]
    command += ["--dest", str(folder / "got"), "--requirement", str(folder / "requirements.txt")]
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
        raise RepairError(f"pip took over {DOWNLOAD_SECONDS} s for {requirement!r}") from error
    archives = list((folder / "got").glob("*.tar.gz"))
    if finished.returncode != 0 or len(archives) != 1:
        words = finished.stderr.strip()[-600:]
        raise RepairError(f"pip did not deliver one archive of {requirement!r}: {words}")
    return archives[0]


def put_stand_ins(folder: Path) -> None:
    """Put our stand-in up under each backend's name.

    `sitecustomize` imports all at start-up: an archive that brings a backend of the same name finds
    it taken, and pip gives up instead of importing from the archive.
    """
    folder.mkdir()
    for backend in BACKENDS:
        *packages, module = backend.split(".")
        place = folder
        for package in packages:
            place /= package
            place.mkdir(exist_ok=True)
            (place / "__init__.py").touch()
        (place / f"{module}.py").write_text(STAND_IN.read_text("utf-8") + LEGACY, "utf-8")
    imports = "".join(f"import {backend}\n" for backend in BACKENDS)
    (folder / "sitecustomize.py").write_text(imports)


def unpack(archive: Path, top: str, target: Path) -> None:
    """Unpack an archive's one folder `top` as `target`, which must not exist yet."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        unpacked = Path(scratch) / "unpacked"
        try:
            unpack_into(archive, unpacked)
        except (tarfile.TarError, OSError) as error:
            raise RepairError(f"{archive.name} cannot be unpacked safely: {error}") from error
        if [entry.name for entry in unpacked.iterdir()] != [top]:
            raise RepairError(f"{archive.name} should hold the one folder {top!r}")
        shutil.move(unpacked / top, target)
