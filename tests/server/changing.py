"""A small shop with a bug, and a model that repairs it: what the tests of changes stand on."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rooftree.config import Config
from tests.server.calls import Calls
from tests.support import config_in
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer

BUGGY = '''"""Carts."""


def total(prices):
    """Add up prices."""
    result = 0
    for price in prices:
        result -= price
    return result


def count(prices):
    """Count prices."""
    return len(prices)
'''
FIXED = BUGGY.replace("-= price", "+= price")
SHOP: dict[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/cart.py": BUGGY,
    "tests/test_cart.py": "from shop.cart import count, total\n\n\ndef test_total():\n"
    "    assert total([1, 2]) == 3\n\n\ndef test_count():\n    assert count([1]) == 1\n",
    "README.md": "# Shop\n",
}
TEST = "tests/test_cart.py::test_total"
TASK = f"{TEST} fails"
APPROVE = {"verdict": "approve", "reasons": ["it does what the task asks"]}


def coder(body: Mapping[str, Any]) -> Reply:
    """Fill the gap rightly, approve what is shown, and plan for the cart."""
    if "messages" not in body:
        gap = str(body["prompt"]).rstrip().rpartition("\n")[2]
        return Text("result += price" if gap.strip() == "for price in prices:" else "pass")
    schema = json.dumps(body.get("response_format") or {})
    if "verdict" in schema:
        return Text(json.dumps(APPROVE))
    if "playbook" in schema:
        return Text('{"playbook": "change", "places": [1]}')
    said = str(body["messages"][-1]["content"])
    if "`total` in" in said:
        fixed = FIXED.partition("def total")[2].partition("\n\n\n")[0]
        return Text(f"```python\ndef total{fixed}\n```")
    return Text("I do not know.")


def changing_config(tmp_path: Path, server: ScriptedServer, **sections: Any) -> Config:
    """Return a configuration whose model is the scripted one."""
    return config_in(
        tmp_path,
        model={"endpoint": server.base_url, "name": "scripted", "probe": False},
        **sections,
    )


@asynccontextmanager
async def services_of(
    tmp_path: Path, model: ScriptedServer, **sections: Any
) -> AsyncIterator[Calls]:
    """Yield services whose model is the scripted one."""
    services = Calls(changing_config(tmp_path, model, **sections))
    try:
        yield services
    finally:
        await services.aclose()


def environment(tmp_path: Path, server: ScriptedServer) -> dict[str, str]:
    """Return what a command needs to be told of that model."""
    return {
        "ROOFTREE_STATE_FOLDER": str(tmp_path / "state"),
        "ROOFTREE_MODEL_ENDPOINT": server.base_url,
        "ROOFTREE_MODEL_NAME": "scripted",
        "ROOFTREE_MODEL_PROBE": "false",
        "ROOFTREE_INDEX_EMBEDDER": "none",
    }
