"""A tiny package with tests, as an archive in a cache, and a manifest with one task of it."""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

from benchmarks.repair.environment import Environment, put_plugin
from benchmarks.repair.materialise import Sources
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import Manifest, Mutant, Package, TestRun
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.toolchains import own_python

CART = '''"""Prices."""


def total(prices, discount=0):
    """Return the sum."""
    result = 0
    for price in prices:
        result = result + price
    return result - discount


def cheapest(prices):
    """Return the lowest price."""
    if not prices:
        return None
    return min(prices)
'''
TESTS = """from shop.cart import cheapest, total


def test_total():
    assert total([1, 2]) == 3


def test_discount():
    assert total([5], 1) == 4


def test_cheapest():
    assert cheapest([2, 1]) == 1
    assert cheapest([]) is None
"""
MEMBERS = {
    "shop-1.0/shop/__init__.py": "",
    "shop-1.0/shop/cart.py": CART,
    "shop-1.0/tests/test_cart.py": TESTS,
    "shop-1.0/.gitignore": "shop/\n",
}
RIGHT = "        result = result + price"
WRONG = "        result = result - price"
TOTAL = "tests/test_cart.py::test_total"
DISCOUNT = "tests/test_cart.py::test_discount"
TASK = Mutant(
    id="shop-1",
    set="tune",
    file="shop/cart.py",
    function="total",
    operator="arithmetic",
    shown=TOTAL,
    failing=(TOTAL, DISCOUNT),
    package="shop",
    line=8,
    old=RIGHT,
    new=WRONG,
)


def shop(cache: Path) -> Sources:
    """Put the archive into a cache and return a manifest that knows it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in MEMBERS.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    sha256 = hashlib.sha256(data.getvalue()).hexdigest()
    (cache / "archives").mkdir(parents=True)
    (cache / "archives" / f"shop-1.0-{sha256[:12]}.tar.gz").write_bytes(data.getvalue())
    package = Package(
        name="shop",
        version="1.0",
        sha256=sha256,
        folder="shop-1.0",
        tests=TestRun(paths=("tests",), passing=3),
    )
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    manifest = Manifest(
        python=python, requirements=(), packages=(package,), mutants=(TASK,), history=()
    )
    return Sources(manifest, cache)


def runner(cache: Path) -> Runner:
    """Return what runs tests in the sandbox, with this very interpreter."""
    plugins = put_plugin(cache / "plugins")
    environment = Environment(Path(sys.executable), (*own_python(), plugins), plugins)
    return Runner(find_bubblewrap(), environment)
