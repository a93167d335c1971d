"""Whether this machine and this configuration can do what rooftree is for: one line a check.

Each check looks at one thing and never raises: what could not be looked at is a finding too. A
failed line says what to do. It prints nothing.
"""

import asyncio
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from models.embedded.server import cores
from models.pool.routes import CHAT
from models.wire.network import is_loopback
from rooftree.config import Config
from rooftree.errors import (
    RepositoryError,
    RooftreeError,
    SandboxUnavailableError,
    UnknownModelError,
    WeightsError,
)
from rooftree.git.commands import Worktree, open_worktree, run_git
from rooftree.offline import VARIABLES
from server.access.api_keys import NARROWER, KeyStore, wide_keys
from server.services.host import Host
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import Project
from tools.sandbox.executor_choice import choose

DoctorVerdict = Literal["ok", "warning", "failed", "skipped"]

MIN_PYTHON = (3, 11)
MIN_MEMORY_GIB = 4.0
MIN_DISK_GIB = 3.0
GIB = 1 << 30
COMMAND_SECONDS = 10.0
ENDPOINT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One line."""

    check: str
    verdict: DoctorVerdict
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All lines."""

    findings: tuple[DoctorFinding, ...]

    @property
    def healthy(self) -> bool:
        return all(finding.verdict != "failed" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        return {"healthy": self.healthy, "checks": [asdict(one) for one in self.findings]}


async def examine(
    host: Host, repo: Path, tell: Callable[[DoctorFinding], None] = lambda _: None
) -> DoctorReport:
    """Run every check in turn."""
    config = host.config
    findings: list[DoctorFinding] = []

    def note(finding: DoctorFinding) -> None:
        findings.append(finding)
        tell(finding)

    for finding in machine(config):
        note(finding)
    checks: dict[str, Callable[[], Awaitable[DoctorFinding]]] = {
        "sandbox": lambda: sandbox(config),
        "weights": lambda: asyncio.to_thread(weights, host),
        "endpoint": lambda: endpoint(host),
        "profile": lambda: profile(host),
        "index": lambda: index(host, repo),
        "tests": lambda: tests(config, repo),
    }
    for name, check in checks.items():
        note(await _guarded(name, check))
    note(await _guarded("keys", lambda: asyncio.to_thread(keys, config)))
    note(outbound(config))
    return DoctorReport(tuple(findings))


async def _guarded(name: str, check: Callable[[], Awaitable[DoctorFinding]]) -> DoctorFinding:
    try:
        async with asyncio.timeout(ENDPOINT_SECONDS * 2):
            return await check()
    except RooftreeError as error:
        return DoctorFinding(name, "failed", str(error), "do what the message says")
    except TimeoutError:
        return DoctorFinding(
            name, "failed", "took too long to look at", "look at the machine's load"
        )


def machine(config: Config) -> Iterator[DoctorFinding]:
    """Look at what every machine has."""
    yield _python()
    yield _cores()
    yield _memory()
    yield _disk(config)
    yield _git()


def _python() -> DoctorFinding:
    found = platform.python_version()
    if sys.version_info < MIN_PYTHON:
        wanted = ".".join(map(str, MIN_PYTHON))
        return DoctorFinding("python", "failed", found, f"install Python {wanted} or newer")
    return DoctorFinding("python", "ok", f"{found}, {platform.system()} {platform.machine()}")


def _cores() -> DoctorFinding:
    count = cores()
    if count < 2:
        advice = "the embedded model is slow on one core; serve a model elsewhere (model.endpoint)"
        return DoctorFinding("cores", "warning", str(count), advice)
    return DoctorFinding("cores", "ok", str(count))


def _memory() -> DoctorFinding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
        free = _available_memory()
    except (ValueError, OSError):
        return DoctorFinding("memory", "skipped", "this system does not tell")
    detail = f"{total:.1f} GiB, {free:.1f} available"
    if free < MIN_MEMORY_GIB / 2:
        advice = 'end other programs, or use a smaller model (model.name = "small")'
        return DoctorFinding("memory", "failed", detail, advice)
    if total < MIN_MEMORY_GIB:
        return DoctorFinding("memory", "warning", detail, 'use model.name = "small"')
    return DoctorFinding("memory", "ok", detail)


def _available_memory() -> float:
    """Return what programs may still take, in GiB, as the kernel reckons."""
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 / GIB
    raise ValueError("/proc/meminfo has no MemAvailable")


def _disk(config: Config) -> DoctorFinding:
    folder = config.state.folder
    while not folder.exists():
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free / GIB
    except OSError as error:
        return DoctorFinding("disk", "failed", str(error), "correct state.folder")
    if not os.access(folder, os.W_OK):
        advice = "make it writable, or set state.folder"
        return DoctorFinding("disk", "failed", f"{folder} cannot be written", advice)
    detail = f"{free:.1f} GiB free for {config.state.folder}"
    if free < MIN_DISK_GIB:
        return DoctorFinding(
            "disk", "warning", detail, "weights take up to 1.2 GB; free some space"
        )
    return DoctorFinding("disk", "ok", detail)


def _git() -> DoctorFinding:
    # Not a git that the folder around us offers, should PATH have a relative entry.
    try:
        found = run_git(Path.cwd(), "--version", seconds=COMMAND_SECONDS)
    except (RepositoryError, OSError):
        found = None
    if found is None or found.code != 0:
        return DoctorFinding("git", "failed", "git does not run", "install git")
    return DoctorFinding("git", "ok", found.output.decode("utf-8", "replace").strip())


async def sandbox(config: Config) -> DoctorFinding:
    """Prove the sandbox: what executes code has to contain it."""
    try:
        executor = await choose(config.sandbox)
    except SandboxUnavailableError as error:
        if config.sandbox.backend == "none":
            return DoctorFinding("sandbox", "skipped", str(error))
        advice = "without it nothing is executed; all else works"
        return DoctorFinding("sandbox", "failed", str(error), advice)
    return DoctorFinding(
        "sandbox", "ok", f"{executor.name} {executor.version} contains every probe"
    )


def weights(host: Host) -> DoctorFinding:
    """Look whether the embedded model's weights are there, where they are needed."""
    section = host.config.model
    if not host.answers_embedded():
        return DoctorFinding("weights", "skipped", "an endpoint answers; none are needed")
    try:
        host.check_model()
    except UnknownModelError as error:
        return DoctorFinding(
            "weights", "failed", str(error), "correct model.name, or set model.endpoint"
        )
    try:
        found = host.weights.find(section.name)
    except WeightsError as error:
        advice = f"run `rooftree models pull {section.name}`, or set model.endpoint"
        return DoctorFinding("weights", "failed", str(error), advice)
    if found.template == "unknown":
        advice = "a chat template is a program; use weights whose template you know"
        return DoctorFinding("weights", "warning", f"{found.title}: unknown chat template", advice)
    return DoctorFinding("weights", "ok", f"{found.title}, {found.licence}, {found.sha256[:12]}")


async def endpoint(host: Host) -> DoctorFinding:
    """Ask every configured endpoint for its models."""
    config = host.config
    if not config.model.endpoint and not config.endpoints:
        return DoctorFinding(
            "endpoint", "skipped", "none is configured; the embedded server answers"
        )
    listed = await host.models.pool.models()
    names = ", ".join(model.id for model in listed[:4])
    failed = await _silent(host)
    if failed:
        advice = "start it, or correct its url and key; `rooftree endpoints check` says more"
        return DoctorFinding("endpoint", "failed", "; ".join(failed), advice)
    return DoctorFinding("endpoint", "ok", f"serves {names}" + ("…" if len(listed) > 4 else ""))


async def _silent(host: Host) -> list[str]:
    failed = []
    for name in host.config.endpoints:
        opened = await host.models.pool.opened(name)
        try:
            await opened.client.models()
        except RooftreeError as error:
            failed.append(f"{name}: {error}")
    return failed


async def profile(host: Host) -> DoctorFinding:
    """Look whether what answers was measured, without starting an embedded server."""
    advice = "run `rooftree models probe`; a server does it by itself while nobody asks"
    if host.answers_embedded():
        try:
            name = host.weights.find(host.config.model.name).path.stem
        except (WeightsError, UnknownModelError):
            return DoctorFinding(
                "profile", "skipped", "there is nothing to measure without weights"
            )
        kept = [one for one in host.profiles.all() if one.model == name]
        if not kept:
            return DoctorFinding("profile", "warning", f"{name} was not measured", advice)
        return DoctorFinding("profile", "ok", f"{name}: {kept[0].tier}, tools by {kept[0].tools}")
    details = []
    for located in await host.models.located(CHAT):
        found = await host.profiler().known(located)
        if found is None:
            return DoctorFinding("profile", "warning", f"{located.model} was not measured", advice)
        if found.context.cuts_silently:
            cut = f"{located.model} cuts prompts over {found.context.measured} tokens in silence"
            return DoctorFinding("profile", "failed", cut, "serve it with the context it claims")
        details.append(f"{found.model}: {found.tier}, tools by {found.tools}")
    return DoctorFinding("profile", "ok", "; ".join(details))


async def index(host: Host, repo: Path) -> DoctorFinding:
    """Look how fresh the index of a repository is; a folder that is none is no fault."""
    try:
        repository = (await asyncio.to_thread(host.open, repo)).repository
        status = await asyncio.to_thread(repository.status)
    except RooftreeError as error:
        return DoctorFinding("index", "skipped", str(error))
    if not status.indexed:
        return DoctorFinding("index", "warning", "not indexed yet", "run `rooftree index`")
    if status.files_behind is None:
        return DoctorFinding(
            "index", "warning", "nobody has looked at the files yet", "ask again soon"
        )
    behind = status.files_behind
    if behind:
        advice = "run `rooftree index`, or any question about it"
        return DoctorFinding("index", "warning", f"{behind} files behind", advice)
    return DoctorFinding("index", "ok", f"{status.root} is up to date, {status.checked}")


async def tests(config: Config, repo: Path) -> DoctorFinding:
    """Look what runs the tests of a repository; a folder that is none is no fault."""
    try:
        executor = await choose(config.sandbox)
        worktree = open_worktree(repo)
    except RooftreeError as error:
        return DoctorFinding("tests", "skipped", str(error))
    with tempfile.TemporaryDirectory(prefix="rooftree-doctor-") as folder:
        workspace, project = await asyncio.to_thread(_uncopied, worktree, Path(folder))
        if not project.has_tests:
            return DoctorFinding("tests", "skipped", "no tests of this repository are known")
        toolchains = tuple(config.sandbox.toolchains)
        return await _run_by(Checks(executor, workspace, project, toolchains=toolchains))


def _uncopied(worktree: Worktree, folder: Path) -> tuple[Workspace, Project]:
    """Return an empty copy of a repository, for who only asks what could run in one."""
    blobs, empty = folder / "blobs", folder / "empty"
    blobs.mkdir()
    empty.mkdir()
    snapshot = take_snapshot(worktree, blobs)
    return Workspace(empty, snapshot), detect(snapshot)


async def _run_by(checks: Checks) -> DoctorFinding:
    operation = await checks.operation()
    if operation is None:
        advice = "reviews and changes run no test of it; do what the line says"
        return DoctorFinding("tests", "warning", checks.refused or "none can be run here", advice)
    told = "; ".join(checks.notes) or f"tests run by `{' '.join(operation.argv)}`"
    if checks.gaps:
        advice = "give the environment what they need"
        return DoctorFinding("tests", "warning", "; ".join([told, *checks.gaps]), advice)
    return DoctorFinding("tests", "ok", told)


def keys(config: Config) -> DoctorFinding:
    """Look for keys that may do everything without that being chosen."""
    path = config.paths.server_database()
    if not path.exists():
        return DoctorFinding(
            "keys", "skipped", "there is none yet; `rooftree serve` makes the first"
        )
    with closing(KeyStore(path)) as store:
        found = store.list()
    if wide := wide_keys(found):
        return DoctorFinding("keys", "warning", wide, NARROWER)
    living = sum(key.revoked is None for key in found)
    return DoctorFinding("keys", "ok", f"{living} living, each with the scopes that it was given")


def outbound(config: Config) -> DoctorFinding:
    """Name every host that this configuration makes rooftree connect to."""
    hosts = sorted(set(_hosts(config)))
    missing = [name for name, value in VARIABLES.items() if os.environ.get(name) != value]
    if missing:
        advice = "start rooftree by its own command, which sets them"
        return DoctorFinding("outbound", "warning", f"not set: {', '.join(missing)}", advice)
    if not hosts:
        return DoctorFinding("outbound", "ok", "nothing leaves this machine but by `models pull`")
    return DoctorFinding("outbound", "ok", f"connects to {', '.join(hosts)} and to nothing else")


def _hosts(config: Config) -> Iterator[str]:
    urls = [config.model.endpoint, config.index.embedding_url, config.network.proxy]
    urls += [section.url for section in config.endpoints.values()]
    for url in urls:
        host = urlsplit(url).hostname if url else None
        if host and not is_loopback(host):
            yield host
