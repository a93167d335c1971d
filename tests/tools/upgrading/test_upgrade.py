"""A dependency is upgraded where manifests name it, by the smallest change, or not at all."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.upgrading.request import (
    MisspelledDependencyError,
    UnlistedDependencyError,
    UpgradeRequest,
    UpgradeResult,
)
from tools.upgrading.upgrade import upgrade

PEP_621 = """# The shop.
[project]
name = "shop"
dependencies = [
  "httpx>=0.28,<1",
  "Requests[socks] >= 2.28 ; python_version > '3.8'",  # the web
]

[project.optional-dependencies]
old = ['requests==2.28.*']

[tool.other]
requests = "2.28"
"""
POETRY = """[tool.poetry.dependencies]
python = "^3.9"
flask = "^2.28"
requests = { version = "^2.28", extras = ["socks"] }

[tool.poetry.group.dev.dependencies.requests]
version = '^2.28'
"""
CARGO = """[package]
name = "shop"
version = "1.0.150"

[dependencies]
anyhow = "1.0.150"   # the same
serde = { version = "1.0.150", features = ["derive"] }

[target.'cfg(unix)'.dev-dependencies]
serde_two = { package = "serde", version = "1.0.150" }
"""
POM = """<project>
  <!--
  <dependency><artifactId>junit</artifactId><version>4.12</version></dependency>
  -->
  <version>4.12</version>
  <properties><junit.version>4.12</junit.version></properties>
  <dependencies>
    <dependency>
      <groupId>junit</groupId>
      <artifactId>junit</artifactId>
      <version>${junit.version}</version>
    </dependency>
    <dependency><groupId>x</groupId><artifactId>y</artifactId><version> 4.12 </version></dependency>
  </dependencies>
</project>
"""
SETUP_CFG = """[metadata]
name = a==1
[options]
install_requires =
    a~=1.2
    b
[options.extras_require]
x = a~=1.2
"""
PACKAGE = """{"name": "shop", "version": "^4.17.20",
\t"dependencies": {"lodash":"^4.17.20"},
  "devDependencies": { "other": "^4.17.20" }}
"""
EDITED: dict[str, tuple[str, str, str, str, tuple[tuple[str, str], ...]]] = {
    "the standard": (
        *("pyproject.toml", PEP_621, "requests", "2.32"),
        ((">= 2.28 ;", ">= 2.32 ;"), ("requests==2.28.*", "requests==2.32.*")),
    ),
    "poetry": (
        *("pyproject.toml", POETRY, "requests", "2.32"),
        (('version = "^2.28"', 'version = "^2.32"'), ("version = '^2.28'", "version = '^2.32'")),
    ),
    "a whole requirement": (
        *("pyproject.toml", '[project]\ndependencies = ["a>=1,<2"]\n', "a", ">=2.1,<3"),
        (("a>=1,<2", "a>=2.1,<3"),),
    ),
    "requirements": (
        "requirements-dev.txt",
        "-r base.txt\n# zope.interface==5\nzope_interface==5  # why\nzope.interface-x==5\n",
        *("zope.interface", "6.1"),
        (("zope_interface==5 ", "zope_interface==6.1 "),),
    ),
    "setup.cfg": (
        "setup.cfg",
        SETUP_CFG,
        *("a", "1.4"),
        (("    a~=1.2", "    a~=1.4"), ("x = a~=1.2", "x = a~=1.4")),
    ),
    "package.json": (
        "package.json",
        PACKAGE,
        *("lodash", "4.17.21"),
        (('"lodash":"^4.17.20"', '"lodash":"^4.17.21"'),),
    ),
    "a scope": (
        "web/package.json",
        '{"devDependencies": {"@types/node": "~18.1.0"}}\n',
        *("@types/node", "^20.0.0"),
        (("~18.1.0", "^20.0.0"),),
    ),
    "cargo": (
        *("Cargo.toml", CARGO, "serde", "1.0.200"),
        (
            ('serde = { version = "1.0.150"', 'serde = { version = "1.0.200"'),
            ('"serde", version = "1.0.150"', '"serde", version = "1.0.200"'),
        ),
    ),
    "go": (
        "go.mod",
        "module shop\n\ngo 1.9.0\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.9.0 // web\n)\n",
        *("gin", "1.9.1"),
        (("gin v1.9.0", "gin v1.9.1"),),
    ),
    "a gem": (
        "Gemfile",
        "source 'x'\ngem 'rails', '~> 7.0', require: false\ngem \"rails-x\", '~> 7.0'\n",
        *("rails", "7.1"),
        (("'rails', '~> 7.0'", "'rails', '~> 7.1'"),),
    ),
    "composer": (
        "composer.json",
        '{"require": {"php": ">=8", "monolog/monolog": "^3.0"}}\n',
        *("monolog", "3.5"),
        (("^3.0", "^3.5"),),
    ),
    "maven": (*("pom.xml", POM, "junit", "4.13.2"), (("n>4.12</j", "n>4.13.2</j"),)),
    "gradle": (
        "build.gradle.kts",
        'dependencies {\n  // "a:b:1.0"\n  implementation("a:b:1.0")\n}\n',
        *("a:b", "1.1"),
        (('n("a:b:1.0")', 'n("a:b:1.1")'),),
    ),
}


def upgraded(
    tmp_path: Path, files: Mapping[str, str | bytes], request: UpgradeRequest
) -> UpgradeResult:
    (tmp_path / "blobs").mkdir(parents=True)
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, files)), tmp_path / "blobs")
    return upgrade(Draft(snapshot), request)


@pytest.mark.parametrize("kind", EDITED)
def test_only_the_version_changes_and_how_it_is_written_stays(tmp_path: Path, kind: str) -> None:
    path, text, name, wanted, changes = EDITED[kind]
    done = upgraded(tmp_path, {path: text}, UpgradeRequest(name, wanted))
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert done.texts == {path: text}
    assert len(done.edits) == len(changes)


def test_every_manifest_is_edited_and_lock_files_are_named_with_their_command(
    tmp_path: Path,
) -> None:
    files = {
        "pyproject.toml": '[project]\ndependencies = ["requests>=2.28"]\n',
        "uv.lock": "version = 1\n",
        "requirements.txt": "requests>=2.28\nrich\n",
        "app/requirements/base.txt": "requests\n",
        "docs/requirements.txt": "#\n# This file is autogenerated by pip-compile with Python\n"
        "requests==2.28.1\n",
        "tests/fixtures/requirements.txt": "requests==1.0\n",
    }
    done = upgraded(tmp_path, files, UpgradeRequest("Requests", "2.32"))
    assert set(done.texts) == {"pyproject.toml", "requirements.txt"}
    assert done.edits == (
        "pyproject.toml:2 requests >=2.28 → >=2.32",
        "requirements.txt:1 requests >=2.28 → >=2.32",
    )
    assert done.locks == ("uv.lock is out of date now: run `uv lock --upgrade-package requests`",)
    written = "docs/requirements.txt is out of date now: run the command in its head"
    assert any(one.startswith(written) for one in done.notes)
    assert any("tests/fixtures/requirements.txt names it too" in one for one in done.notes)
    assert any("app/requirements/base.txt" in one and "any version" in one for one in done.notes)


@pytest.mark.parametrize(
    ("lock", "manifest", "text", "command"),
    [
        ("Cargo.lock", "a/Cargo.toml", CARGO, "cargo update -p serde --precise 1.0.200"),
        ("a/Cargo.lock", "a/Cargo.toml", CARGO, "cargo update -p serde --precise 1.0.200` in a"),
        ("yarn.lock", "package.json", '{"dependencies": {"serde": "1.0.1"}}', "yarn install"),
        ("go.sum", "go.mod", "require a.b/serde v1.0.1\n", "go mod tidy"),
        ("Gemfile.lock", "Gemfile", "gem 'serde', '1.0.1'\n", "bundle lock --update serde"),
        ("composer.lock", "composer.json", '{"require": {"a/serde": "1.0"}}', "composer update a/"),
    ],
)
def test_the_nearest_lock_file_is_the_one_that_is_out_of_date(
    tmp_path: Path, lock: str, manifest: str, text: str, command: str
) -> None:
    done = upgraded(tmp_path, {manifest: text, lock: "x"}, UpgradeRequest("serde", "1.0.200"))
    [told] = done.locks
    assert told.startswith(f"{lock} is out of date now: run `")
    assert command in told


def _project(requirement: str) -> dict[str, str]:
    return {"pyproject.toml": f'[project]\ndependencies = ["{requirement}"]\n'}


REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "a bound": (_project("a>=2,<3"), "3.1", "'>=2,<3' allows no 3.1; name the requirement"),
    "an address": (_project("a @ https://x.y/a.whl"), "3", "it is taken from an address"),
    "hashes": (
        {"requirements.txt": "a==1 \\\n    --hash=sha256:00\n"},
        "3",
        "it is pinned with hashes, which a tool writes",
    ),
    "a folder": ({"Cargo.toml": '[dependencies]\na = { path = "../a" }\n'}, "3", "from a path"),
    "a wild card": (
        {"package.json": '{"dependencies": {"a": "1.x"}}'},
        "3",
        "it is written '1.x', which is not edited by rules",
    ),
    "another way": (
        {"package.json": '{"dependencies": {"a": "1.x || 2.x"}}'},
        "3",
        "it is written '1.x || 2.x', which is not edited by rules",
    ),
    "a workspace": ({"package.json": '{"dependencies": {"a": "workspace:*"}}'}, "3", "workspace:*"),
    "a table that does not parse": (
        {"Cargo.toml": "[dependencies\na = 1\n"},
        "3",
        "cannot be read",
    ),
    "json that does not parse": ({"package.json": '{"a": '}, "3", "package.json cannot be read"),
    "json too deep": ({"package.json": '"a"' + "[" * 100_000}, "3", "package.json cannot be read"),
    "any version": (_project("a"), "3", "any version of a is allowed, so nothing was edited"),
    "there already": (_project("a==3"), "3", "a ==3 is there already"),
    "no version": (_project("a==3"), "latest", "the newest one is not known; name the version"),
    "an operator of others": (_project("a==3"), "^4", "'^4' is no requirement of Python"),
    "two languages": (
        {**_project("a==3"), "package.json": '{"dependencies": {"a": "1.0"}}'},
        "3.1",
        "'a' may be one of these: a in package.json, a in pyproject.toml; name one",
    ),
    "code": (
        {**_project("a==3"), "setup.py": "setup(name='a', install_requires=['a>=2'])\n"},
        "4",
        "setup.py:1 asks for a in code",
    ),
    "another module of Go": ({"go.mod": "require x.y/a v1.2.0\n"}, "2.0.0", "another module to Go"),
    "too large": (
        {**_project("a==3"), "package.json": '{"dependencies": {"a": "1.0"}}' + " " * (1 << 18)},
        "4",
        "package.json has more than 256 KiB, and is not read",
    ),
    "escapes": (
        {"package.json": r'{"dependencies": {"a": "\u0031.0"}}'},
        "3",
        "package.json writes a in a way that is not edited",
    ),
    "no such manifest": (_project("a==3"), "4 in x/Pipfile", "there is no manifest 'x/Pipfile'"),
    "replaced": (
        {"go.mod": "require x.y/a v1.2.0\nreplace x.y/a => ../a\n"},
        "1.3.0",
        "a replace directive names it too",
    ),
    "a property that others have": (
        {"pom.xml": POM.replace("> 4.12 <", ">${junit.version}<").replace("junit<", "a<")},
        "5",
        "which other things have too",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_edited_whole_is_refused(tmp_path: Path, kind: str) -> None:
    files, wanted, why = REFUSED[kind]
    with pytest.raises(ToolRefusedError) as refused:
        upgraded(tmp_path, files, UpgradeRequest("a", *wanted.split(" in ")))
    assert why in str(refused.value)


def test_one_manifest_can_be_named(tmp_path: Path) -> None:
    files = {**_project("a==3"), "package.json": '{"dependencies": {"a": "1.0"}}'}
    done = upgraded(tmp_path, files, UpgradeRequest("a", "1.1", "package.json"))
    assert done.texts == {"package.json": '{"dependencies": {"a": "1.1"}}'}


def test_a_name_that_is_nearly_there_is_asked_back(tmp_path: Path) -> None:
    with pytest.raises(MisspelledDependencyError, match="did you mean 'requests'"):
        upgraded(tmp_path, _project("requests==1"), UpgradeRequest("reqeusts", "2"))


def test_a_name_that_only_a_lock_file_has_is_told(tmp_path: Path) -> None:
    files = {**_project("requests==1"), "poetry.lock": 'name = "urllib3"\n'}
    with pytest.raises(UnlistedDependencyError, match=r"poetry\.lock has it, since another"):
        upgraded(tmp_path, files, UpgradeRequest("urllib3", "2"))
