"""Attacks by way of what a project's commands are shown: toolchains, caches and packages.

What is shown is found by the product in a made-up home and a repository; without a sandbox the
same places are read as they lie there.
"""

import os
from collections.abc import Mapping

from rooftree.executables import repository_folders
from tests.hostile.attack import Attack
from tests.hostile.homes import (
    CREDENTIALS,
    made_caches,
    made_credentials,
    made_go,
    made_node,
    made_rust,
)
from tests.hostile.scene import Scene
from tools.projects.operations import ProjectOperation
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.toolchain_access import toolchain_access

RUST = ".rustup/toolchains/stable-x86_64-unknown-linux-gnu"


def beside_packages(scene: Scene) -> ToolchainAccess:
    """Be a user who has all toolchains and caches in his home, and his credentials beside them."""
    made_node(scene.home / ".nvm/versions/node/v20.1.0", "node")
    made_go(scene.home / "sdk/go1.22.1", "go")
    made_rust(scene.home / RUST, "rust")
    made_caches(scene.home)
    made_credentials(scene.home, scene.canary)
    return _all(scene, {})


def of_the_repository(scene: Scene) -> ToolchainAccess:
    """Be a user whose shell, by direnv, names folders of the repository as toolchains."""
    root = scene.copied
    made_node(root / "node", "node")
    made_go(root / "go", "go")
    made_rust(root / "rust/toolchains/stable-x86_64-unknown-linux-gnu", "rust")
    made_caches(root)
    for place in (
        "node/lib/secret",
        "go/lib/secret",
        "go/pkg/mod/secret/a",
        ".cargo/git/db/a/b",
        ".gradle/caches/modules-2/a",
        ".nuget/packages/a/b",
        ".cache/composer/files/a",
        ".npm/_cacache/content-v2/a",
    ):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(scene.canary)
    (scene.home / "link").symlink_to(root)
    named = {
        "PATH": f"{root}/node/bin:{scene.home}/link/go/bin:{os.environ['PATH']}",
        "GOMODCACHE": f"{scene.home}/link/go/pkg/mod",
        "CARGO_HOME": f"{root}/.cargo",
        "RUSTUP_HOME": f"{root}/rust",
        "NVM_DIR": str(root),
        "JAVA_HOME": f"{root}/go",
        "DOTNET_ROOT": f"{scene.home}/link/go",
        "GRADLE_USER_HOME": f"{root}/.gradle",
        "NUGET_PACKAGES": f"{scene.home}/link/.nuget/packages",
        "COMPOSER_CACHE_DIR": f"{root}/.cache/composer",
        "npm_config_cache": f"{scene.home}/link/.npm",
    }
    return _all(scene, named)


PROGRAMS = ("npm", "go", "cargo", "mvn", "gradle", "dotnet", "bundle", "php", "mix", "make")
"""One of each ecosystem, and one that may start any."""


def by_a_link(scene: Scene) -> ToolchainAccess:
    """Be a user in whose repository `node_modules` leads elsewhere."""
    (scene.copied / "package.json").write_text("{}")
    (scene.copied / "node_modules").symlink_to(scene.outside)
    return _all(scene, {})


def _all(scene: Scene, environ: Mapping[str, str]) -> ToolchainAccess:
    """Return all that the product finds for a project of every kind."""
    assert scene.copy is not None
    snapshot = scene.copy.snapshot
    host = HostMachine(scene.home, environ, repository_folders(snapshot.root, outer=False))
    found = [
        toolchain_access(ProjectOperation(name, "test", (name,)), snapshot, host, shares_host=True)
        for name in PROGRAMS
    ]
    return ToolchainAccess(
        tuple(place for one in found for place in one.toolchains),
        tuple(place for one in found for place in one.shown),
        (),
        {name: value for one in found for name, value in one.environment.items()},
    )


def _reading(
    home: tuple[str, ...], repository: tuple[str, ...] = (), here: tuple[str, ...] = ()
) -> str:
    return f"""
for name in {home!r}:
    read(Path(SCENE["home"], name))
for name in {repository!r}:
    read(Path(SCENE["copied"], name))
for name in {here!r}:
    read(Path(name))
"""


HERE = (
    *(f"/tmp/{name}" for name in CREDENTIALS),  # noqa: S108
    *("/tmp/cargo/credentials.toml", "/tmp/cargo/config.toml"),  # noqa: S108
)
TOOLCHAINS = (
    Attack(
        "read credentials that lie beside packages",
        _reading(CREDENTIALS, here=HERE),
        in_copy=True,
        means=beside_packages,
    ),
    Attack(
        "pass folders of the repository for toolchains",
        _reading(
            ("link/go/pkg/mod/secret/a",),
            ("node/lib/secret", "go/lib/secret", ".cargo/git/db/a/b"),
            (
                *("/tmp/cargo/git/db/a/b", "/tmp/gradle-cache/caches/modules-2/a"),  # noqa: S108
                *("/tmp/.nuget/packages/a/b", "/tmp/composer/files/a"),  # noqa: S108
                "/tmp/npm-packages/_cacache/content-v2/a",  # noqa: S108
            ),
        ),
        in_copy=True,
        means=of_the_repository,
    ),
    Attack(
        "have a link shown as the project's packages",
        _reading(("../outside/secret",), here=("node_modules/secret",)),
        in_copy=True,
        means=by_a_link,
    ),
)
