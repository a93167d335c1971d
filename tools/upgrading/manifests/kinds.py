"""Which files are manifests, of what, and who reads them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tools.upgrading.manifests.json_manifests import in_composer, in_package
from tools.upgrading.manifests.line_manifests import in_gemfile, in_go_mod, in_gradle
from tools.upgrading.manifests.maven import in_pom
from tools.upgrading.manifests.requirement_lines import in_requirements, in_setup_cfg
from tools.upgrading.manifests.structured import Parse, json_text, toml
from tools.upgrading.manifests.toml_manifests import in_cargo, in_pipfile, in_pyproject
from tools.upgrading.request import Declaration, Ecosystem

Reader = Callable[[str, str, str], Iterator[Declaration]]
"""Path, text and name to what the manifest says of it."""


@dataclass(frozen=True, slots=True)
class ManifestKind:
    """One kind of manifest."""

    ecosystem: Ecosystem
    read: Reader
    parse: Parse | None = None
    """What parses it, where it is not read by lines."""


_BY_NAME: dict[str, ManifestKind] = {
    "pyproject.toml": ManifestKind("Python", in_pyproject, toml),
    "Pipfile": ManifestKind("Python", in_pipfile, toml),
    "setup.cfg": ManifestKind("Python", in_setup_cfg),
    "package.json": ManifestKind("JavaScript", in_package, json_text),
    "composer.json": ManifestKind("PHP", in_composer, json_text),
    "Cargo.toml": ManifestKind("Rust", in_cargo, toml),
    "go.mod": ManifestKind("Go", in_go_mod),
    "Gemfile": ManifestKind("Ruby", in_gemfile),
    "pom.xml": ManifestKind("Java", in_pom),
    "build.gradle": ManifestKind("Java", in_gradle),
    "build.gradle.kts": ManifestKind("Java", in_gradle),
}
_REQUIREMENTS = re.compile(
    r"(?:[\w.-]{0,60}[-_.])?(?:requirements|constraints)[\w.-]{0,60}\.(?:txt|in)"
)
OF_OTHERS = frozenset(
    {"node_modules", "vendor", "third_party", "site-packages", "fixtures", "testdata"}
)
"""Folders whose manifests are other projects', or samples."""


def is_of_others(path: str) -> bool:
    """Say whether a file lies where other projects or samples do."""
    return bool(OF_OTHERS & {one.casefold() for one in path.split("/")[:-1]})


def kind_of(path: str) -> ManifestKind | None:
    """Return what a file is read as by its name; None where it is no manifest."""
    *folders, name = path.split("/")
    if _REQUIREMENTS.fullmatch(name) or (
        folders[-1:] == ["requirements"] and name.endswith(".txt")
    ):
        return ManifestKind("Python", in_requirements)
    if name.endswith(".gemspec"):
        return ManifestKind("Ruby", in_gemfile)
    return _BY_NAME.get(name)
