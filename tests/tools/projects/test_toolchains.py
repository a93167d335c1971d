"""What commands of further ecosystems are shown: their own, and nothing that may hold a key."""

from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.hostile.homes import made_go, program
from tests.support import git_repository
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.projects.programs.ecosystems import ECOSYSTEMS
from tools.projects.toolchains.caches import CACHES, cache_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.php import _only_loads
from tools.projects.toolchains.toolchain_access import ACCESS, toolchain_access
from tools.sandbox.engines.bubblewrap import find_bubblewrap

HAS_PHP = Path("/usr/bin/php").exists()


def snapshot_of(tmp_path: Path, files: dict[str, str]) -> Snapshot:
    (tmp_path / "blobs").mkdir()
    return take_snapshot(
        open_worktree(git_repository(tmp_path, dict(files), "shop")), tmp_path / "blobs"
    )


def access_of(name: str, home: Path, snapshot: Snapshot, *, shares: bool = True) -> ToolchainAccess:
    operation = ProjectOperation(name, "test", (name, "x"))
    host = HostMachine(home, {"PATH": "/usr/bin:/bin"})
    return toolchain_access(operation, snapshot, host, shares_host=shares)


def test_make_is_shown_the_toolchains_of_the_repository_s_languages(tmp_path: Path) -> None:
    home = tmp_path / "home"
    prefix = made_go(home / "sdk/go1.22.1", "x")
    host = HostMachine(home, {"PATH": str(tmp_path)})
    files = {"Makefile": "test:\n\tgo test\n", "a.go": ""}
    snapshot = snapshot_of(tmp_path, files)
    for name in ("make", "./run-tests"):
        operation = ProjectOperation(name, "test", (name,))
        found = toolchain_access(operation, snapshot, host, shares_host=True)
        assert str(prefix / "bin") in found.path
        assert "CARGO_HOME" not in found.environment


def test_every_ecosystem_says_what_its_commands_are_shown() -> None:
    """Compilers of C lie in /usr, which is shown to all."""
    assert {one.name for one in ECOSYSTEMS if one not in ACCESS} == {"C and C++"}


@pytest.mark.parametrize("name", ["php", "bundle", "mix", "npm", "go", "mvn", "dotnet"])
def test_an_image_has_its_own_toolchains(tmp_path: Path, name: str) -> None:
    """What the checkout has, such as vendor/, is shown to it all the same."""
    files = {"composer.json": "", ".gitignore": "vendor\n"}
    snapshot = snapshot_of(tmp_path, files)
    (snapshot.root / "vendor").mkdir()
    found = access_of(name, tmp_path, snapshot, shares=False)
    assert found.path == ()
    assert [one.place for one in found.shown] == (["/workspace/vendor"] if name == "php" else [])


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_that_is_a_link_elsewhere_is_not_shown(tmp_path: Path, name: str) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for cache in CACHES[name]:
        part = "dep" if cache.parts == ("*",) else cache.parts[0]
        place = home / cache.default / part
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(elsewhere)
    assert cache_access(HostMachine(home, {}), name).shown == ()


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ("; configuration for php mbstring module\nextension=mbstring.so\n", True),
        ("zend_extension=opcache.so\n", True),
        ("extension=newrelic.so\nnewrelic.license=secret\n", False),
        ("session.save_path = tcp://host?auth=secret\n", False),
        ("", False),
    ],
)
def test_a_setting_of_php_is_shown_only_where_it_loads_an_extension(
    tmp_path: Path, text: str, *, loads: bool
) -> None:
    (tmp_path / "a.ini").write_text(text)
    assert _only_loads(tmp_path / "a.ini") is loads
    assert not _only_loads(tmp_path / "no.ini")


async def test_what_an_operation_lacks_is_named_with_what_to_do(tmp_path: Path) -> None:
    files = {
        ".gitignore": "vendor\n",
        "api/composer.json": "{}",
        "api/phpunit.xml": "",
        "api/tests/ATest.php": "",
    }
    snapshot = snapshot_of(tmp_path, files)
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    tools = tmp_path / "tools"
    program(tools / "bin/php", "php")
    try:
        checks = Checks(find_bubblewrap(), workspace, detect(snapshot), toolchains=(tools,))
        own = checks.project.named("composer phpunit (api)")
        nowhere = ProjectOperation("x", "test", ("sh",), uses=("no-such-program",))
        assert own is not None
        assert not await checks.commands.can_run(own)
        assert checks.commands.lacks(own).startswith(
            "vendor/bin/phpunit is not there in api/ (`composer phpunit (api)`): run `composer"
            if HAS_PHP
            else "php is not installed"
        )
        assert not await checks.commands.can_run(nowhere)
        assert "no-such-program is not installed" in checks.commands.lacks(nowhere)
        there = ProjectOperation("x", "test", ("sh",), needs=("api/phpunit.xml",))
        assert await checks.commands.can_run(there)
        assert checks.commands.found(there) == "/usr/bin/sh"
        installed = snapshot.root / "api/vendor/bin/phpunit"
        installed.parent.mkdir(parents=True)
        installed.write_text("")
        checks.commands._means.clear()  # what was looked up before it was installed
        assert await checks.commands.can_run(own) is HAS_PHP
    finally:
        workspace.remove()
