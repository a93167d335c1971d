"""Packages that the user has downloaded are installed in the sandbox, without a network."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import git_repository, write_files
from tests.tools.projects.samples import SAMPLES
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

pytestmark = pytest.mark.slow
DEBIAN = Path("/usr/share/maven-repo")
HAS_REPOSITORY = DEBIAN.is_dir()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Opening"]:
    """Make a repository of a user whose home is `home`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    opening = Opening(tmp_path)
    yield opening
    for one in opening.workspaces:
        one.remove()


class Opening:
    """Makes what runs a repository of these files, and takes its copy away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.workspaces: list[Workspace] = []

    def __call__(self, files: dict[str, str]) -> tuple[Checks, Draft]:
        (self.folder / "blobs").mkdir()
        repo = git_repository(self.folder, dict(files))
        snapshot = take_snapshot(open_worktree(repo), self.folder / "blobs")
        self.workspaces.append(Workspace.make(self.folder / "copy", snapshot))
        limits = ExecutionLimits(seconds=120)
        checks = Checks(find_bubblewrap(), self.workspaces[-1], detect(snapshot), limits)
        return checks, Draft(snapshot)


def cached_by_npm(opened: Opening) -> str:
    """Put a package into npm's cache; return what a lock file knows it by."""
    package = opened.folder / "left-pad"
    files = {
        "package.json": '{"name": "left-pad", "version": "1.0.0"}',
        "index.js": "module.exports = (text, size) => text.padStart(size);\n",
    }
    package.mkdir()
    write_files(package, dict(files))
    environment = {**os.environ, "npm_config_offline": "true", "npm_config_fund": "false"}
    for words in (("pack",), ("cache", "add", "left-pad-1.0.0.tgz")):
        subprocess.run(
            ["npm", *words], cwd=package, env=environment, check=True, capture_output=True
        )
    digest = hashlib.sha512((package / "left-pad-1.0.0.tgz").read_bytes()).digest()
    return f"sha512-{base64.b64encode(digest).decode()}"


async def test_npm_installs_from_its_cache(opened: Opening) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: apt-get install npm")
    locked = {
        "version": "1.0.0",
        "resolved": "https://packages.invalid/left-pad/-/left-pad-1.0.0.tgz",
        "integrity": cached_by_npm(opened),
    }
    wants = {"dependencies": {"left-pad": "1.0.0"}}
    lock = {"lockfileVersion": 3, "packages": {"": wants, "node_modules/left-pad": locked}}
    checks, draft = opened(
        {
            "package.json": json.dumps({"scripts": {"test": "node --test"}, **wants}),
            "package-lock.json": json.dumps(lock),
            "a.test.js": "const pad = require('left-pad');\n"
            "require('node:test')('pads', () => { if (pad('1', 2) !== ' 1') throw 1; });\n",
        }
    )
    setup, test = (checks.project.named(one) for one in ("npm setup", "node --test"))
    assert setup is not None
    assert test is not None
    without = await checks.run(draft, test)
    assert "left-pad is not installed" in checks.gaps[0]
    assert not without.succeeded
    results = await checks.run(draft, replace(test, before=(setup.argv,)))
    assert results.succeeded == {"a.test.js::pads"}, results.execution.output


def downloaded_by_maven(folder: Path) -> None:
    """Make a user's own repository of Debian's, whose files are links; some lead nowhere."""
    folder.mkdir()
    words = ["cp", "-rL", str(DEBIAN), str(folder / "repository")]
    subprocess.run(words, check=False, capture_output=True)
    (folder / "settings.xml").write_text("<settings><servers/></settings>")


async def test_maven_reads_the_repository_of_the_user(opened: Opening) -> None:
    sample = SAMPLES["java"]
    if any(shutil.which(one) is None for one in sample.programs) or not HAS_REPOSITORY:
        pytest.skip(f"Maven is not here: apt-get install {sample.packages}")
    downloaded_by_maven(opened.home / ".m2")
    checks, draft = opened(dict(sample.files))
    results = await checks.tests(draft)
    assert results.failed == {sample.failing}, results.execution.output
    means = checks.commands._means["mvn", ""]
    assert "/tmp/.m2/repository/org" in {one.place for one in means.shown}  # noqa: S108
    assert "maven-repo" not in means.environment["MAVEN_OPTS"]
