"""A project of the real Django: its tests are run by its own script and told one by one.

`ROOFTREE_TEST_WHEELS` names a folder with wheels of Django, asgiref and sqlparse:
`pip download --dest FOLDER django`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.environments import environment
from tests.support import git_repository
from tests.tools.projects.setups import BROKEN, CART
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

pytestmark = pytest.mark.slow
SETTINGS = """\
SECRET_KEY = "made up"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
MODELS = """\
from django.db import models


class Price(models.Model):
    cents = models.IntegerField()
"""
TESTS = """\
from django.test import TestCase

from shop.cart import total
from shop.models import Price


class Cart(TestCase):
    def test_total(self):
        for cents in (1, 2):
            Price.objects.create(cents=cents)
        self.assertEqual(total(Price.objects.values_list("cents", flat=True)), 3)

    def test_none(self):
        self.assertEqual(total([]), 0)
"""
MANAGE = """\
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_shop.settings")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
FILES: dict[str, str | bytes] = {
    ".gitignore": ".venv\n",
    "manage.py": MANAGE,
    "site_of_shop/__init__.py": "",
    "site_of_shop/settings.py": SETTINGS,
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/models.py": MODELS,
    "shop/tests.py": TESTS,
}
TEST = "shop/tests.py::Cart::test_total"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    wheels = os.environ.get("ROOFTREE_TEST_WHEELS", "")
    if not list(Path(wheels or "/nowhere").glob("django-*.whl")):
        pytest.skip("ROOFTREE_TEST_WHEELS names no folder with a wheel of Django")
    root = git_repository(tmp_path, FILES, "shop")
    program = environment(root / ".venv") / "bin" / "python"
    install = ("-m", "pip", "--python", str(program), "install", "--quiet", "--no-index")
    command = [sys.executable, *install, "--find-links", wheels, "django"]
    subprocess.run(command, check=True)
    return root


async def test_its_tests_are_told_and_traced_one_by_one(root: Path, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(root), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    checks = Checks(find_bubblewrap(), workspace, detect(snapshot), ExecutionLimits(seconds=120))
    whole = await checks.tests(Draft(snapshot))
    assert whole.passed, whole.execution.output
    assert len(whole.succeeded) == 2
    assert checks.notes[0].endswith("with Django's manage.py test")
    broken = Draft(snapshot).with_text("shop/cart.py", BROKEN)
    assert (await checks.tests(broken)).failed == {TEST}
    assert (await checks.tests(broken, (TEST,))).failed == {TEST}
    trace = await checks.trace(broken, (TEST,))
    assert trace is not None
    assert ("shop/cart.py", 2) in trace.failing
    workspace.remove()
