"""With the wanted version installed, a capable coder repairs what fails by it."""

import json
from pathlib import Path

from tests.agents.change.teams import crew_of
from tests.agents.change.test_refused_mechanics import call, changed
from tests.environments import packages_of, with_pytest
from tests.server.changing import APPROVE, BUGGY, SHOP
from tests.support import write_files
from tests.support.replies import Body, Reply, Text

FILES = {
    **SHOP,
    ".gitignore": ".venv\n",
    "shop/cart.py": "import prices as goods\n\n" + BUGGY.replace("-= price", "+= goods.old(price)"),
    "requirements.txt": "prices==1.0\n",
}
TELLS = "Metadata-Version: 2.1\nName: prices\nVersion: 2.0.0\n"


async def test_what_fails_with_the_new_version_is_repaired_and_proved(tmp_path: Path) -> None:
    answers = iter(
        [
            call("edit", path="shop/cart.py", old="goods.old(price)", new="goods.same(price)"),
            call("run", command="test"),
            call("finish", summary="done"),
        ]
    )
    asked: list[str] = []

    def script(body: Body) -> Reply:
        said = json.dumps(body["messages"], ensure_ascii=False)
        if "verdict" in json.dumps(body.get("response_format") or {}):
            return Text(json.dumps(APPROVE))
        asked.append(said)
        return next(answers, call("finish", summary="done"))

    async with crew_of(tmp_path, script, files=FILES, sandbox=True) as crew:
        packages = packages_of(with_pytest(crew.team.snapshot.root / ".venv"))
        same = "def same(price):\n    return price\n"
        write_files(packages, {"prices.py": same, "prices-2.0.0.dist-info/METADATA": TELLS})
        outcome = await changed(crew, "upgrade prices to 2.0", "capable", tmp_path)
    assert outcome.status == "verified", (outcome.summary, outcome.notes)
    assert "has no attribute 'old'" in asked[0]
    assert "prices 2.0.0 is installed, and the manifests are edited" in asked[0]
    assert "tests ran with prices 2.0.0 installed, as asked" in outcome.summary
    assert "1 tests that failed pass now" in outcome.summary
    assert set(outcome.paths) == {"requirements.txt", "shop/cart.py"}
    assert outcome.verdict is not None
    assert "judged by tests" not in " ".join(outcome.verdict.reasons)  # a model made some of it
