"""The house: no folder outgrows its room, and one public name of a class means one thing."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "training", "server")
MAX_ENTRIES = 14
"""Python files and folders with Python in them; `__init__` and data apart."""


def folders() -> Iterator[Path]:
    for top in PRODUCT:
        yield ROOT / top
        yield from (one for one in (ROOT / top).rglob("*") if one.is_dir() and holds_python(one))


def holds_python(folder: Path) -> bool:
    return folder.name != "__pycache__" and any(folder.rglob("*.py"))


def entries(folder: Path) -> list[str]:
    return [
        one.name
        for one in folder.iterdir()
        if (one.suffix == ".py" and one.name != "__init__.py")
        or (one.is_dir() and holds_python(one))
    ]


def test_no_folder_outgrows_its_room() -> None:
    crowded = {
        str(folder.relative_to(ROOT)): len(entries(folder))
        for folder in folders()
        if len(entries(folder)) > MAX_ENTRIES
    }
    assert crowded == {}


def is_listed(name: str, text: str) -> bool:
    return f"`{name}`" in text or f"`{name}/`" in text


def test_every_room_says_what_its_files_are_for() -> None:
    silent = [
        f"{folder.relative_to(ROOT)}: {name}"
        for folder in folders()
        for text in [ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))]
        for name in entries(folder)
        if not is_listed(name.removesuffix(".py"), text or "")
    ]
    assert silent == []


def test_one_public_name_means_one_class() -> None:
    places = defaultdict(list)
    for top in PRODUCT:
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_file_of_tests_is_run(pytestconfig: pytest.Config) -> None:
    """Pytest leaves out folders by their names without a word, and takes one file of each name."""
    files = [one.relative_to(ROOT) for one in (ROOT / "tests").rglob("test_*.py")]
    files = [one for one in files if "fixtures" not in one.parts]
    passed_over = pytestconfig.getini("norecursedirs")
    assert [
        one for one in files if any(fnmatch(*pair) for pair in product(one.parts, passed_over))
    ] == []
    assert [name for name, count in Counter(one.name for one in files).items() if count > 1] == []
