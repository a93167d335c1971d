"""Made-up homes with toolchains and packages in them, as their managers lay them out."""

from pathlib import Path

SECRET = "CANARY=51c07b"
CREDENTIALS = (
    *(".npmrc", ".netrc", ".cargo/credentials.toml", ".cargo/config.toml", ".config/go/env"),
    *(".gitconfig", ".nvm/.npmrc", "go/pkg/mod/cache/vcs/abc/config", ".rustup/settings.toml.bak"),
    *(".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties"),
    *(".gradle/init.d/keys.gradle", ".nuget/NuGet/NuGet.Config", ".npm/_logs/debug.log"),
    *(".composer/auth.json", ".config/composer/auth.json", ".cache/composer/vcs/a/config"),
    *(".gem/credentials", ".local/share/gem/credentials", ".bundle/config", ".hex/hex.config"),
)


def program(place: Path, says: str) -> Path:
    """Write a program that prints a line, and its arguments."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f'#!/bin/sh\necho "{says} $*"\n')
    place.chmod(0o755)
    return place


def made_node(prefix: Path, says: str) -> Path:
    """Make what looks like an installation of Node; its npm runs its node."""
    program(prefix / "bin/node", says)
    npm = program(prefix / "bin/npm", "")
    npm.write_text('#!/bin/sh\nexec node "$@"\n')
    (prefix / "lib/node_modules/npm").mkdir(parents=True)
    return prefix


def made_go(prefix: Path, says: str) -> Path:
    program(prefix / "bin/go", says)
    for name in ("pkg/tool", "src/runtime"):
        (prefix / name).mkdir(parents=True)
    return prefix


def made_rust(prefix: Path, says: str) -> Path:
    program(prefix / "bin/cargo", says)
    program(prefix / "bin/rustc", says)
    (prefix / "lib/rustlib").mkdir(parents=True)
    return prefix


def made_caches(home: Path) -> None:
    """Make the caches of Go's modules and of crates, each with one package in it."""
    for name in (
        "go/pkg/mod/cache/download/example.com/dep/@v/list",
        "go/pkg/mod/example.com/dep@v1.0.0/dep.go",
        ".cargo/registry/index/made-1/config.json",
        ".cargo/registry/cache/made-1/dep-1.0.0.crate",
        ".cargo/registry/src/made-1/dep-1.0.0/lib.rs",
        ".npm/_cacache/content-v2/sha512/aa/dep",
        ".m2/repository/org/dep/dep.pom",
        ".gradle/caches/modules-2/files-2.1/dep/dep.jar",
        ".nuget/packages/dep/1.0.0/dep.nuspec",
        ".cache/composer/files/dep/dep.zip",
        ".hex/packages/hexpm/dep-1.0.0.tar",
        ".local/share/gem/ruby/3.1.0/gems/dep-1.0.0/lib/dep.rb",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("package\n")


def made_credentials(home: Path, secret: str = SECRET) -> None:
    for name in CREDENTIALS:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(secret)
