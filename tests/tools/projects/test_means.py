"""Commands find the user's own toolchains and packages, read-only, and nothing else of his home."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError
from rooftree.executables import repository_folders
from rooftree.git.commands import open_worktree
from tests.hostile.homes import (
    CREDENTIALS,
    SECRET,
    made_caches,
    made_credentials,
    made_go,
    made_node,
    made_rust,
    program,
)
from tests.support import git, git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import ProjectOperation
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.toolchain_access import toolchain_access
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

NODE: dict[str, str | bytes] = {
    ".gitignore": "node_modules\n",
    "package.json": '{"scripts": {"test": "x"}}',
}
GO: dict[str, str | bytes] = {"go.mod": "module example.com/shop\n"}
RUST: dict[str, str | bytes] = {"Cargo.toml": '[package]\nname = "shop"\n'}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of a user who has none of the machine's toolchains on his PATH."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    found = shutil.which("git")
    assert found is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("NVM_DIR", "GOPATH", "GOMODCACHE", "CARGO_HOME", "RUSTUP_HOME", "FNM_DIR"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def opened(tmp_path: Path) -> Iterator["Opening"]:
    opening = Opening(tmp_path)
    yield opening
    for workspace in opening.workspaces:
        workspace.remove()


class Opening:
    """Makes the means of a repository of these files, and takes their copies away."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.workspaces: list[Workspace] = []

    def __call__(self, files: dict[str, str | bytes]) -> tuple[Checks, Snapshot]:
        snapshot = snapshot_of(self.folder, files)
        self.workspaces.append(Workspace.make(self.folder / "copy", snapshot))
        limits = ExecutionLimits(seconds=60)
        checks = Checks(find_bubblewrap(), self.workspaces[-1], detect(snapshot), limits)
        return checks, snapshot


def snapshot_of(tmp_path: Path, files: dict[str, str | bytes]) -> Snapshot:
    root = tmp_path / "shop"
    if not root.exists():
        git_repository(tmp_path, files, "shop")
    (tmp_path / "blobs").mkdir()
    return take_snapshot(open_worktree(root), tmp_path / "blobs")


def means(program: str, host: HostMachine, snapshot: Snapshot) -> ToolchainAccess:
    operation = ProjectOperation(program, "test", (program, "test"))
    return toolchain_access(operation, snapshot, host, shares_host=True)


def read_by(checks: Checks, *places: str) -> ProjectOperation:
    """Return an operation that reads places as contained code does."""
    first = checks.project.operations[0]
    script = "for one in {tests}; do cat $one && echo READ $one; done"
    argv = ("sh", "-c", script.replace("{tests}", " ".join(places)))
    assert first.argv[0] != "sh"
    return ProjectOperation(first.name, "test", argv)


@pytest.mark.parametrize(
    ("made", "place", "files", "says"),
    [
        (made_node, ".nvm/versions/node/v20.1.0", NODE, "made-node test"),
        (made_node, ".volta/tools/image/node/20.1.0", NODE, "made-node test"),
        (made_node, ".local/share/fnm/node-versions/v20.1.0/installation", NODE, "made-node test"),
        (made_go, "sdk/go1.22.1", GO, "made-go test"),
        (made_go, ".asdf/installs/golang/1.22.1/go", GO, "made-go test"),
        (made_rust, ".rustup/toolchains/stable-x86_64-unknown-linux-gnu", RUST, "made-rust test"),
    ],
    ids=["nvm", "volta", "fnm", "sdk", "asdf", "rustup"],
)
async def test_a_toolchain_is_found_where_its_manager_keeps_it(
    home: Path, opened: Opening, made: object, place: str, files: dict[str, str | bytes], says: str
) -> None:
    assert callable(made)
    made(home / place, says.partition(" ")[0])
    checks, snapshot = opened(files)
    results = await checks.tests(Draft(snapshot))
    assert says in results.execution.output


async def test_the_user_s_own_path_decides(
    home: Path, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell in which nvm chose an older version means that one."""
    made_node(home / ".nvm/versions/node/v22.0.0", "newer")
    older = made_node(home / ".nvm/versions/node/v18.0.0", "older")
    monkeypatch.setenv("PATH", f"{older}/bin:{os.environ['PATH']}")
    checks, snapshot = opened(NODE)
    assert "older test" in (await checks.tests(Draft(snapshot))).execution.output


@pytest.mark.parametrize(
    ("nvmrc", "says"), [("18", "older"), ("v22.0.0\n", "newer"), ("lts/*", "newer"), ("9", "newer")]
)
async def test_a_project_chooses_among_the_versions_that_are_installed(
    home: Path, opened: Opening, nvmrc: str, says: str
) -> None:
    made_node(home / ".nvm/versions/node/v22.0.0", "newer")
    made_node(home / ".nvm/versions/node/v18.0.0", "older")
    checks, snapshot = opened({**NODE, ".nvmrc": nvmrc})
    assert f"{says} test" in (await checks.tests(Draft(snapshot))).execution.output


STABLE = "stable-x86_64-unknown-linux-gnu"
PINNED = "1.70.0-x86_64-unknown-linux-gnu"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", "stable"),
        ("1.70.0\n", "pinned"),
        ('[toolchain]\nchannel = "1.70.0"\n', "pinned"),
        ('[toolchain]\npath = "/etc"\n', "stable"),
        ("../../etc", "stable"),
    ],
)
async def test_rustup_s_toolchain_is_the_one_that_the_project_names(
    home: Path, opened: Opening, wanted: str, expected: str
) -> None:
    toolchains = home / ".rustup/toolchains"
    made_rust(toolchains / STABLE, "stable")
    made_rust(toolchains / PINNED, "pinned")
    (home / ".rustup/settings.toml").write_text(f'default_toolchain = "{STABLE}"\n')
    checks, snapshot = opened({**RUST, "rust-toolchain": wanted})
    assert f"{expected} test" in (await checks.tests(Draft(snapshot))).execution.output


async def test_a_toolchain_that_is_not_installed_is_named(home: Path, opened: Opening) -> None:
    made_rust(home / ".rustup/toolchains" / STABLE, "stable")
    checks, snapshot = opened({**RUST, "rust-toolchain": "1.12.0"})
    with pytest.raises(
        SandboxUnavailableError, match=r"tests not run: .*'1\.12\.0'.*not installed"
    ):
        await checks.tests(Draft(snapshot))


async def test_where_a_program_is_missing_it_is_named(home: Path, opened: Opening) -> None:
    checks, snapshot = opened(GO)
    missing = ProjectOperation("no test", "test", ("no-such-program",))
    checks.project = replace(checks.project, operations=(missing,))
    with pytest.raises(SandboxUnavailableError, match="tests not run: no-such-program is not inst"):
        await checks.tests(Draft(snapshot))


async def test_packages_are_shown_and_nothing_that_lies_beside_them(
    home: Path, opened: Opening
) -> None:
    made_caches(home)
    made_credentials(home)
    made_node(home / ".nvm/versions/node/v20.1.0", "made-node")
    made_rust(home / ".rustup/toolchains" / STABLE, "stable")
    checks, snapshot = opened({**NODE, **GO, **RUST})
    packages = snapshot.root / "node_modules/dep/index.js"
    packages.parent.mkdir(parents=True)
    packages.write_text("package\n")
    host = HostMachine.of(snapshot.root)
    for name, places in (
        ("npm", ("node_modules/dep/index.js",)),
        ("go", (f"{home}/go/pkg/mod/example.com/dep@v1.0.0/dep.go",)),
        ("cargo", ("/tmp/cargo/registry/src/made-1/dep-1.0.0/lib.rs",)),  # noqa: S108
        ("npx", ("/tmp/npm-packages/_cacache/content-v2/sha512/aa/dep",)),  # noqa: S108
        ("mvn", ("/tmp/.m2/repository/org/dep/dep.pom",)),  # noqa: S108
        ("gradle", ("/tmp/gradle-cache/caches/modules-2/files-2.1/dep/dep.jar",)),  # noqa: S108
        ("dotnet", ("/tmp/.nuget/packages/dep/1.0.0/dep.nuspec",)),  # noqa: S108
        ("composer", ("/tmp/composer/files/dep/dep.zip",)),  # noqa: S108
        ("mix", ("/tmp/.hex/packages/hexpm/dep-1.0.0.tar",)),  # noqa: S108
        ("bundle", (f"{home}/.local/share/gem/ruby/3.1.0/gems/dep-1.0.0/lib/dep.rb",)),
    ):
        needed = means(name, host, snapshot)
        checks.commands._means["sh", ""] = needed  # what the operation below is shown
        hidden = [f"{home}/{one}" for one in CREDENTIALS]
        hidden += [f"/tmp/{one}" for one in CREDENTIALS]  # noqa: S108
        hidden += [f"/tmp/cargo/{one}" for one in ("credentials.toml", "config.toml")]  # noqa: S108
        results = await checks.run(Draft(snapshot), read_by(checks, *places, *hidden))
        output = results.execution.output
        assert [line for line in output.split("\n") if "READ" in line] == [
            f"READ {one}" for one in places
        ]
        assert SECRET not in output


async def test_shown_packages_cannot_be_written(home: Path, opened: Opening) -> None:
    checks, snapshot = opened(NODE)
    place = snapshot.root / "node_modules/dep"
    place.mkdir(parents=True)
    program(home / ".nvm/versions/node/v1.0.0/bin/npm", "npm")
    operation = ProjectOperation(
        "npm test", "test", ("sh", "-c", "echo x > node_modules/dep/a; ls -d *")
    )
    checks.commands._means["sh", ""] = means("npm", HostMachine.of(snapshot.root), snapshot)
    results = await checks.run(Draft(snapshot), operation)
    assert "Read-only" in results.execution.output
    assert not list(place.iterdir())
    assert not (checks.workspace.root / "node_modules").exists()


@pytest.mark.parametrize("link", ["node_modules", "web"])
def test_packages_behind_a_link_are_not_shown(home: Path, tmp_path: Path, link: str) -> None:
    """Whoever wrote the repository can write a link, to any folder of the machine."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "node_modules").mkdir(parents=True)
    root = git_repository(tmp_path, {**NODE, "web/package.json": "{}"}, "shop")
    if link == "web":
        git(root, "rm", "--quiet", "-r", "web")
    (root / link).symlink_to(elsewhere)
    git(root, "add", "-f", ".")
    untracked = git_repository(tmp_path, {**NODE, "web/package.json": "{}"}, "other")
    (untracked / "node_modules").symlink_to(elsewhere)
    (tmp_path / "blobs").mkdir()
    for place in (root, untracked):
        snapshot = take_snapshot(open_worktree(place), tmp_path / "blobs")
        needed = means("npm", HostMachine.of(place), snapshot)
        assert needed.shown == ()
    assert "is a link" in needed.notes[0]


def test_packages_that_git_tracks_come_from_the_copy(home: Path, tmp_path: Path) -> None:
    root = git_repository(tmp_path, {**NODE, "node_modules/dep/a.js": "x"}, "shop")
    git(root, "add", "-f", ".")
    assert means("npm", HostMachine.of(root), snapshot_of(tmp_path, {})).shown == ()


def test_packages_of_every_package_of_a_repository_are_shown(home: Path, tmp_path: Path) -> None:
    files = {**NODE, "web/package.json": "{}", "docs/a.md": ""}
    root = git_repository(tmp_path, files, "shop")
    for folder in ("", "web", "docs"):
        (root / folder / "node_modules").mkdir()
    shown = means("npm", HostMachine.of(root), snapshot_of(tmp_path, files)).shown
    assert [one.place for one in shown] == [
        "/workspace/node_modules",
        "/workspace/web/node_modules",
    ]


def test_nothing_of_a_repository_passes_for_a_toolchain_or_a_cache(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """direnv puts a repository's folders on PATH and into variables."""
    root = git_repository(tmp_path, {"a.js": ""}, "shop")
    made_node(root / "tools/node", "x")
    made_go(root / "tools/go", "x")
    made_rust(root / "tools/rust/toolchains/stable-x86_64-unknown-linux-gnu", "x")
    made_caches(root)
    path = ":".join(f"{root}/tools/{name}/bin" for name in ("node", "go"))
    (home / "link").symlink_to(root)
    usual = os.environ["PATH"]
    for told in (root, home / "link"):
        monkeypatch.setenv("PATH", f"{path.replace(str(root), str(told))}:{usual}")
        for name, place in (
            ("GOMODCACHE", "go/pkg/mod"),
            ("GOPATH", "go"),
            ("CARGO_HOME", ".cargo"),
            ("RUSTUP_HOME", "tools/rust"),
            ("NVM_DIR", "tools"),
        ):
            monkeypatch.setenv(name, str(told / place))
        host = HostMachine.of(root)
        snapshot = take_snapshot(open_worktree(root), tmp_path)
        for name in ("npm", "go", "cargo"):
            found = means(name, host, snapshot)
            assert (found.toolchains, found.shown, found.path) == ((), (), ())


@pytest.mark.parametrize("prefix", ["", ".local"])
def test_a_home_is_no_toolchain(home: Path, tmp_path: Path, prefix: str) -> None:
    """Node unpacked into the home itself would show everything that lies in its `lib`."""
    made_node(home / prefix, "x")
    snapshot = snapshot_of(tmp_path, NODE)
    host = HostMachine(
        home, {"PATH": str(home / prefix / "bin")}, repository_folders(snapshot.root)
    )
    assert means("npm", host, snapshot).toolchains == ()


def test_what_leads_out_of_an_installation_is_left_out(home: Path, tmp_path: Path) -> None:
    prefix = made_go(home / "sdk/go1.22.1", "x")
    (home / "private").mkdir()
    (prefix / "lib").symlink_to(home / "private")
    made_caches(home)
    (home / "go/pkg/mod/other.test").symlink_to(home / "private")
    snapshot = snapshot_of(tmp_path, GO)
    found = means("go", HostMachine.of(snapshot.root), snapshot).toolchains
    assert {one.name for one in found} == {"bin", "pkg", "src", "download", "example.com"}
