"""kill -9 at named moments of a change's last steps: what is in the tree is told, and goes on."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.server.changing import FIXED, SHOP, environment
from tests.server.commands import ROOT, SECONDS, Commands
from tests.support import git, git_repository
from tests.support.scripted_model import ScriptedServer

PLAIN = {**SHOP, "shop/cart.py": FIXED}
TASK = "rename total to add_up"
FIRST, LAST = "shop/cart.py", "tests/test_cart.py"
"""The files of the change, in the order in which they are written."""
DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from tools.drafts.applying import file_operations

moment = sys.argv[2]

def at(*now):
    if moment == " ".join(now).strip():
        os.kill(os.getpid(), signal.SIGKILL)

file_operations.SYSTEM = file_operations.FileOperations(at=at)
import tools.drafts.apply

if moment == "approved":
    tools.drafts.apply.begin = lambda *_: at(moment)
sys.argv[1:] = sys.argv[3:]
if __name__ == "__main__":
    from server.cli import run

    run()
"""
MOMENTS = {
    "approved": "",
    f"before exchange {FIRST}": "",
    f"after exchange {FIRST}": FIRST,
    f"before exchange {LAST}": FIRST,
    f"after exchange {LAST}": f"{FIRST} {LAST}",
    "after compare": f"{FIRST} {LAST}",
}
"""When the process is killed, and which files hold the other content then."""


@dataclass(frozen=True)
class Shop:
    """A repository whose one change is killed, and the commands of its user."""

    commands: Commands
    repo: Path

    def killed(self, moment: str, *words: str) -> None:
        """Run a command that ends at one moment."""
        program = self.commands.home / "dying.py"
        program.write_text(DYING)
        done = subprocess.run(
            [sys.executable, "-I", program, ROOT, moment, *words, "--repo", self.repo],
            env=self.commands.environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, (moment, done)

    def told(self, *words: str) -> Any:
        """Run a command that must do its work, and return what it says."""
        done = self.commands.run(*words, "--repo", self.repo, "--json")
        assert done.code == 0, (words, done)
        return json.loads(done.out)

    def changed(self) -> str:
        """Return the files that hold something else than what was committed."""
        return " ".join(line[3:] for line in git(self.repo, "status", "-s").splitlines())

    def differs(self) -> list[str]:
        return git(self.repo, "diff", "--name-only").split()


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    repo = git_repository(tmp_path, PLAIN)
    with ScriptedServer() as model:
        yield Shop(Commands(tmp_path, environment(tmp_path, model)), repo)


def record(shop: Shop) -> dict[str, Any]:
    [found] = shop.told("runs", "list")
    told: dict[str, Any] = found
    return told


@pytest.mark.eighth("way")
@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_that_is_killed_while_it_is_applied_goes_on_or_back(
    shop: Shop, moment: str, way: str
) -> None:
    shop.killed(moment, "change", TASK, "--approve", "all")
    assert " ".join(shop.differs()) == MOMENTS[moment]
    assert (record(shop)["status"], record(shop)["applied"]) == ("running", False)
    if way == "undo" and moment == "approved":
        done = shop.commands.run("undo", "--repo", shop.repo)
        assert (done.code, "so there is nothing to undo" in done.err) == (2, True)
        done.assert_one_line()
    elif way == "undo":
        shop.told("undo")
        assert record(shop)["applied"] is False
        assert shop.differs() == []
    else:
        ended = shop.told("change", "--resume", "last")
        assert (ended["status"], ended["applied"]) == ("verified_as_rename", True)
        assert record(shop)["applied"] is True
        assert shop.differs() == [FIRST, LAST]
        shop.told("undo")
        assert shop.differs() == []


@pytest.mark.eighth("way")
@pytest.mark.parametrize("way", ["undo", "apply"])
@pytest.mark.parametrize("moment", [one for one in MOMENTS if one != "approved"])
def test_an_undo_that_is_killed_goes_on_or_forth(shop: Shop, moment: str, way: str) -> None:
    shop.told("change", TASK, "--approve", "all")
    shop.killed(moment, "undo")
    back = MOMENTS[moment].split()
    assert shop.differs() == [one for one in (FIRST, LAST) if one not in back]
    shop.told(way)
    assert shop.differs() == ([] if way == "undo" else [FIRST, LAST])
    assert record(shop)["applied"] is (way == "apply")
