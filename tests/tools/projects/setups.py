"""Ten projects as people set them up, and two interpreters that rooftree itself may run in."""

import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.environments import environment, packages_of, with_pytest
from tests.hostile.users import PACKAGES
from tests.support import commit_all, git, write_files

ROOT = Path(__file__).resolve().parents[3]
IGNORED = ".venv\n.tox\n.nox\n"
CART = "def total(prices):\n    return sum(prices)\n"
BROKEN = CART.replace("sum(prices)", "-sum(prices)")
DEPENDENCY = "def same(price):\n    return price\n"
UNITTEST = """\
import unittest

from shop.cart import total


class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)

    def test_none(self):
        self.assertEqual(total([]), 0)
"""
PYTEST = """\
from shop.cart import total


def test_total():
    assert total([1, 2]) == 3


def test_none():
    assert total([]) == 0
"""
PACKAGE = {"shop/__init__.py": "", "shop/cart.py": CART}
MANAGE = """\
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
BEHAVES_LIKE_DJANGO: Mapping[str, str | bytes] = {
    "django/__init__.py": "",
    "django/conf.py": "settings = None\n",
    "django/core/__init__.py": "",
    "django/core/management.py": (
        "import importlib\n\n\n"
        "def execute_from_command_line(argv):\n"
        "    assert argv[1:4] == ['test', '--noinput', '--testrunner'], argv\n"
        "    module, _, name = argv[4].rpartition('.')\n"
        "    runner = getattr(importlib.import_module(module), name)()\n"
        "    raise SystemExit(bool(runner.run_tests(argv[5:])))\n"
    ),
    "django/test/__init__.py": "from unittest import TestCase\n",
    "django/test/utils.py": (
        "import unittest\n\n\n"
        "class DiscoverRunner:\n"
        "    test_runner = unittest.TextTestRunner\n\n"
        "    def run_tests(self, labels):\n"
        "        loader = unittest.TestLoader()\n"
        "        found = loader.loadTestsFromNames(labels) if labels else "
        "loader.discover('.', 'test*.py')\n"
        "        result = self.run_suite(found)\n"
        "        return len(result.failures) + len(result.errors)\n\n"
        "    def run_suite(self, suite, **options):\n"
        "        return self.test_runner().run(suite)\n\n\n"
        "def get_runner(settings):\n"
        "    return DiscoverRunner\n"
    ),
}
"""What our runner asks of Django, done as Django does it, and nothing else."""


def _unittest(root: Path) -> None:
    write_files(root, {**PACKAGE, "tests/__init__.py": "", "tests/test_cart.py": UNITTEST})
    (packages_of(environment(root / ".venv")) / "dependency.py").write_text(DEPENDENCY)
    test = UNITTEST.replace("import unittest\n", "import unittest\n\nimport dependency\n")
    write_files(root, {"tests/test_cart.py": test})


def _pytest(root: Path) -> None:
    write_files(root, {**PACKAGE, "tests/test_cart.py": PYTEST})
    with_pytest(root / ".venv")


def _django(root: Path) -> None:
    test = UNITTEST.replace("import unittest", "from django.test import TestCase")
    test = test.replace("unittest.TestCase", "TestCase")
    write_files(root, {**PACKAGE, "manage.py": MANAGE, "shop/tests.py": test})
    write_files(packages_of(with_pytest(root / ".venv")), dict(BEHAVES_LIKE_DJANGO))


def _tox(root: Path) -> None:
    test = f"import os\n\n{PYTEST}\n\ndef test_rate():\n    assert os.environ['SHOP_RATE'] == '2'\n"
    told = "[tox]\nenvlist = py311\n\n[testenv]\nsetenv =\n    SHOP_RATE = 2\ncommands = pytest\n"
    write_files(root, {**PACKAGE, "tests/test_cart.py": test, "tox.ini": told})
    with_pytest(root / ".tox" / "py311")


def _src(root: Path) -> None:
    files = {f"src/{path}": text for path, text in PACKAGE.items()}
    write_files(root, {**files, "tests/test_cart.py": PYTEST})
    with_pytest(root / ".venv")


def _editable(root: Path) -> None:
    """As `pip install -e libs/cart` leaves it: the package lies where nobody would look."""
    files = {f"libs/cart/{path}": text for path, text in PACKAGE.items()}
    write_files(root, {**files, "tests/test_cart.py": PYTEST})
    packages = packages_of(with_pytest(root / ".venv"))
    (packages / "__editable__.shop-1.0.pth").write_text(f"{root}/libs/cart\n")


def _poetry(root: Path) -> None:
    told = '[tool.poetry]\nname = "shop"\npackages = [{include = "shop", from = "lib"}]\n'
    files = {f"lib/{path}": text for path, text in PACKAGE.items()}
    write_files(root, {**files, "pyproject.toml": told, "tests/test_cart.py": PYTEST})
    with_pytest(root / ".venv")


def _uv(root: Path) -> None:
    """The Python that it names is a link to the one with the patch level, as uv installs it."""
    told = '[project]\nname = "shop"\nversion = "1"\n\n[dependency-groups]\ndev = ["pytest"]\n'
    write_files(root, {**PACKAGE, "pyproject.toml": told, "tests/test_cart.py": PYTEST})
    place, link = with_pytest(root / ".venv"), root.parent / f"{root.name}-python"
    link.symlink_to(sys.base_prefix)
    (place / "pyvenv.cfg").write_text(f"home = {link}/bin\nuv = 0.9\nversion_info = 3\n")


def _nox(root: Path) -> None:
    told = "import nox\n\n\n@nox.session\ndef tests(session):\n"
    told += "    session.run('python', '-m', 'unittest')\n"
    write_files(root, {**PACKAGE, "noxfile.py": told, "tests/test_cart.py": UNITTEST})
    environment(root / ".nox" / "tests-3-11")


def _none(root: Path) -> None:
    write_files(root, {**PACKAGE, "tests/test_cart.py": UNITTEST})


PROJECTS: Mapping[str, Callable[[Path], None]] = {
    "unittest": _unittest,
    "pytest": _pytest,
    "django": _django,
    "tox": _tox,
    "src": _src,
    "editable": _editable,
    "poetry": _poetry,
    "uv": _uv,
    "nox": _nox,
    "none": _none,
}


def project(root: Path, name: str) -> Path:
    """Make one of the projects, with a branch `work` that breaks `total`; return its package."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    write_files(root, {".gitignore": IGNORED})
    PROJECTS[name](root)
    commit_all(root)
    (cart,) = [one for one in root.rglob("shop/cart.py") if ".venv" not in one.parts]
    git(root, "checkout", "--quiet", "-b", "work")
    cart.write_text(BROKEN)
    commit_all(root)
    return cart


def ours(place: Path, *, has_pytest: bool) -> Path:
    """Make an interpreter that rooftree can run in, with pytest or without; return its program."""
    environment(place)
    for one in Path(sysconfig.get_paths()["purelib"]).iterdir():
        name = one.name.partition("-")[0].removesuffix(".py").lower()
        if has_pytest or (name not in PACKAGES and not name.startswith("pytest")):
            (packages_of(place) / one.name).symlink_to(one)
    return place / "bin" / "python"
