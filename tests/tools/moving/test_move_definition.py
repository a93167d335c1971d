"""A definition goes to another module with every use of it, or not at all."""

from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from tests.tools.moving.moving_drafts import moved, run
from tools.moving.request import MoveRequest

CART = '''"""Carts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .money import Money, rounded

if TYPE_CHECKING:
    from .people import Person

__all__ = ["Cart", "total"]

LIMIT = 10
"""The most."""
_STEP = 2


def _stepped(price: Money) -> Money:
    return rounded(price / _STEP)


# Adds up.
# All of it.
def total(prices: list[Money], person: Person | None = None) -> Money:
    """The total."""
    if len(prices) > LIMIT:
        raise ValueError(person)
    return math.floor(sum(map(_stepped, prices)))  # total


class Cart:
    def __init__(self) -> None:
        self.prices: list[Money] = []

    def sum_up(self) -> Money:
        return rounded(0.5)
'''
MONEY = '''"""Money."""

Money = float


def rounded(value: float) -> Money:
    return round(value)
'''
USES = """import shop.cart
import shop.cart as carts
from shop import cart
from shop import total as exported
from shop.cart import Cart, total


def plain(prices):
    print(total(prices), carts.total(prices), shop.cart.total(prices), cart.total(prices))
    return carts.Cart, exported, shop.cart.LIMIT


def local():
    from shop.cart import (
        LIMIT,
        total,
    )
    return total([]), LIMIT
"""
FILES: dict[str, str | bytes] = {
    "shop/__init__.py": "from .cart import Cart, total\n\n__all__ = ['Cart', 'total']\n",
    "shop/cart.py": CART,
    "shop/money.py": MONEY,
    "shop/people.py": "class Person:\n    pass\n",
    "uses.py": USES,
    "shop/other.py": "def total():\n    return 0\n\n\ntotal()\n",
    "tests/test_cart.py": "from shop import total\n\n\ndef test_total():\n"
    "    assert total([2]) == 1\n",
    "README.md": "Call `total`.\n",
}
USES_AFTER = """import shop.cart
import shop.totals
import shop.cart as carts
from shop import totals
from shop import total as exported
from shop.cart import Cart
from shop.totals import total


def plain(prices):
    print(total(prices), totals.total(prices), shop.totals.total(prices), totals.total(prices))
    return carts.Cart, exported, shop.cart.LIMIT


def local():
    from shop.cart import (
        LIMIT,
    )
    from shop.totals import total
    return total([]), LIMIT
"""
TOTALS = '''from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .cart import LIMIT
from .money import Money, rounded

if TYPE_CHECKING:
    from .people import Person


_STEP = 2


def _stepped(price: Money) -> Money:
    return rounded(price / _STEP)


# Adds up.
# All of it.
def total(prices: list[Money], person: Person | None = None) -> Money:
    """The total."""
    if len(prices) > LIMIT:
        raise ValueError(person)
    return math.floor(sum(map(_stepped, prices)))  # total
'''


def test_a_function_goes_with_what_it_needs_and_every_use_follows(tmp_path: Path) -> None:
    done = moved(tmp_path, MoveRequest("total", "shop/cart.py", "shop/totals.py"), FILES)
    draft = done.draft
    assert draft.text("shop/totals.py") == TOTALS
    assert draft.text("shop/cart.py") == (
        '"""Carts."""\n\nfrom __future__ import annotations\n\n'
        "from .money import Money, rounded\n\n"
        '__all__ = ["Cart"]\n\nLIMIT = 10\n"""The most."""\n\n\n' + CART[CART.index("class Cart") :]
    )
    assert draft.text("shop/__init__.py") == (
        "from .cart import Cart\nfrom .totals import total\n\n__all__ = ['Cart', 'total']\n"
    )
    assert draft.text("uses.py") == USES_AFTER
    assert set(draft.paths) == {"shop/__init__.py", "shop/cart.py", "shop/totals.py", "uses.py"}
    assert done.along == ("_STEP", "_stepped")
    assert any("README.md:1" in note for note in done.notes)
    code = "import uses; uses.plain([2]); print(uses.local()); from shop import total; total([2])"
    assert run(tmp_path, draft, code) == "1 1 1 1\n(0, 10)\n"


def test_a_constant_goes_to_a_module_that_used_it(tmp_path: Path) -> None:
    files = {
        "a.py": "import os\n\nHOME = os.curdir  # here\n\n\ndef f():\n    return HOME\n",
        "b.py": '"""B."""\n\nimport a\n\nPLACE = a.HOME + "/"\n',
        "c.py": "from a import (HOME, f)\nprint(HOME, f())\n",
    }
    done = moved(tmp_path, MoveRequest("HOME", "", "b.py"), files)
    assert done.draft.text("a.py") == "from b import HOME\n\n\ndef f():\n    return HOME\n"
    assert done.draft.text("b.py") == (
        '"""B."""\n\nimport os\n\n\nHOME = os.curdir  # here\n\n\nPLACE = HOME + "/"\n'
    )
    assert done.draft.text("c.py") == "from a import (f)\nfrom b import HOME\nprint(HOME, f())\n"
    assert run(tmp_path, done.draft, "import c, b; print(b.PLACE)") == ". .\n./\n"


def test_a_class_goes_where_it_is_a_base_before_what_needs_it(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "import enum\n\n\n@enum.unique\nclass Kind(enum.Enum):\n    ONE = 1\n",
        "p/b.py": "from p.a import Kind\n\n\ndef g(kind=Kind.ONE):\n    return kind\n",
    }
    done = moved(tmp_path, MoveRequest("Kind", "p/a.py", "p/b.py"), files)
    assert done.draft.text("p/a.py") == ""
    assert done.draft.text("p/b.py") == (
        "import enum\n\n\n@enum.unique\nclass Kind(enum.Enum):\n    ONE = 1\n\n\n"
        "def g(kind=Kind.ONE):\n    return kind\n"
    )
    assert run(tmp_path, done.draft, "import p.b; print(p.b.g())") == "Kind.ONE\n"


def test_what_is_noted_on_import_moves_where_the_old_module_imports_the_new_one(
    tmp_path: Path,
) -> None:
    files = {
        "p/__init__.py": "",
        "p/noted.py": "NOTED = []\n\n\ndef noted(f):\n    NOTED.append(f)\n    return f\n",
        "p/a.py": "from p.noted import noted\n\n\n@noted\ndef f():\n    return 1\n\n\n"
        "def g():\n    return f()\n",
    }
    done = moved(tmp_path, MoveRequest("f", "p/a.py", "p/b.py"), files)
    assert run(tmp_path, done.draft, "import p.a, p.noted; print(len(p.noted.NOTED))") == "1\n"


def test_line_ends_and_encodings_stay(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.py": b"# coding: latin-1\r\nX = 1\r\n\r\n\r\ndef f():\r\n    return '\xe9'\r\n",
        "b.py": b"from a import X, f\r\nprint(f())\r\n",
    }
    done = moved(tmp_path, MoveRequest("f", "a.py", "c.py"), files)
    assert done.draft.content("a.py") == b"# coding: latin-1\r\nX = 1\r\n"
    assert done.draft.text("c.py") == "def f():\n    return 'é'\n"
    assert done.draft.content("b.py") == b"from a import X\r\nfrom c import f\r\nprint(f())\r\n"


PLAIN = {
    "p/__init__.py": "",
    "p/a.py": "STATE = 1\n\n\ndef f():\n    return STATE\n\n\ndef g():\n    return f()\n",
    "p/b.py": "",
}
F = MoveRequest("f", "p/a.py", "p/b.py")
H = MoveRequest("h", "p/a.py", "p/b.py")
REFUSED: dict[str, tuple[MoveRequest, dict[str, str], str]] = {
    "a circle": (F, {}, "in a circle: p/a.py → p/b.py → p/a.py"),
    "a circle by others": (
        MoveRequest("g", "p/a.py", "p/b.py"),
        {
            "p/c.py": "import p.b\n",
            "p/a.py": "import p.c\n\n\ndef f(): pass\n\n\ndef g(): f()\n",
        },
        "in a circle: p/b.py → p/a.py → p/c.py → p/b.py",
    ),
    "a name that is taken": (F, {"p/b.py": "f = 1\n"}, "p/b.py has a f already"),
    "a name that the target takes from Python": (
        MoveRequest("sum", "p/a.py", "p/b.py"),
        {"p/a.py": "def sum(): pass\n", "p/b.py": "print(sum([]))\n"},
        "p/b.py has a sum already",
    ),
    "a star": (F, {"p/c.py": "from p.a import *\n"}, "p/c.py imports all names of p/a.py"),
    "a patch": (
        F,
        {"t.py": "from unittest.mock import patch\nwith patch('p.a.f'):\n    pass\n"},
        "t.py:2 names it in a text",
    ),
    "a patch of what it uses": (
        F,
        {"t.py": "def test(monkeypatch):\n    monkeypatch.setattr('p.a.STATE', 2)\n"},
        "t.py:2 names it in a text",
    ),
    "an entry point": (
        F,
        {"pyproject.toml": "[project.scripts]\nf = 'p.a:f'\n"},
        "pyproject.toml:2 names it in a text",
    ),
    "a doctest": (
        F,
        {"p/c.py": "'''\n>>> from p.a import f\n'''\n"},
        "p/c.py:2 names it in a text",
    ),
    "asked for by a text": (
        F,
        {"p/c.py": "from p import a\nprint(getattr(a, 'f'))\n"},
        "p/c.py:2 names f of the module in a text",
    ),
    "a module that is handed on": (
        F,
        {"p/c.py": "import p.a\n\nprinted = vars(p.a)\n"},
        "p/c.py:3 hands the module on",
    ),
    "state that is set from outside": (
        F,
        {"p/c.py": "import p.a\n\np.a.STATE = 2\n"},
        "p/c.py:3 sets STATE of the module",
    ),
    "state that is set inside": (
        H,
        {"p/a.py": "N = 0\n\n\ndef h():\n    return N\n\n\ndef up():\n    global N\n    N = 1\n"},
        "p/a.py:5 uses N, which functions of p/a.py set anew",
    ),
    "state that it sets": (
        MoveRequest("up", "p/a.py", "p/b.py"),
        {"p/a.py": "N = 0\n\n\ndef up():\n    global N\n    N = 1\n"},
        "p/a.py:5 sets N of its module",
    ),
    "where it is": (H, {"p/a.py": "def h():\n    return __file__\n"}, "p/a.py:2 uses __file__"),
    "a star that it may live on": (
        H,
        {"p/a.py": "from os import *\n\n\ndef h():\n    return curdir\n"},
        "uses curdir, which may come by a star import",
    ),
    "bound twice": (
        H,
        {"p/a.py": "try:\n    import h\nexcept ImportError:\n    h = None\n"},
        "by more than one plain definition",
    ),
    "a method": (MoveRequest("C.m", "p/a.py", "p/b.py"), {}, "p/a.py has no C.m at its top level"),
    "no such name": (MoveRequest("nope", "", "p/b.py"), {}, "called 'nope'"),
    "no such file": (MoveRequest("f", "p/zz.py", "p/b.py"), {}, "there is no file 'p/zz.py'"),
    "several": (
        MoveRequest("f", "", "p/b.py"),
        {"p/c.py": "def f(): pass\n"},
        "say which: p/a.py, p/c.py",
    ),
    "out of the repository": (
        MoveRequest("f", "p/a.py", "../b.py"),
        {},
        "no path below the repository",
    ),
    "another language": (MoveRequest("f", "p/a.py", "b.rb"), {}, "b.rb is not Python"),
    "other annotations": (
        H,
        {
            "p/a.py": "from __future__ import annotations\n\n\ndef h(x: int): pass\n",
            "p/b.py": "Y = 1\n",
        },
        "import different things from __future__",
    ),
    "a name of its own there": (
        H,
        {"p/a.py": "def h():\n    return len([])\n", "p/b.py": "len = 1\n"},
        "uses Python's own len, which p/b.py binds anew",
    ),
    "another import by that name": (
        H,
        {
            "p/a.py": "from os import path\n\n\ndef h():\n    return path\n",
            "p/b.py": "from sys import path\n",
        },
        "p/b.py has another path than h needs",
    ),
    "a file that is no Python": (
        F,
        {"p/c.py": "from p.a import f\nprint f\n"},
        "p/c.py cannot be read as Python",
    ),
    "what only some need": (
        H,
        {
            "p/a.py": "from ctypes import wintypes\n\n\ndef h():\n    return wintypes\n",
            "p/c.py": "import sys\nimport p.b\n\nif sys.platform == 'win32':\n    import p.a\n",
        },
        "p/b.py would always need what it imports in line 1",
    ),
    "an entry point of a program": (
        F,
        {"setup.py": "ENTRIES = {'console_scripts': ['f = p.a:f', 'g=p.a:g [more]']}\n"},
        "setup.py:1 names it in a text",
    ),
    "fetched later by its package": (
        F,
        {
            "p/__init__.py": "import importlib\n\nLATER = {'f': '.a'}\n\n\n"
            "def __getattr__(name):\n"
            "    return getattr(importlib.import_module(LATER[name], __name__), name)\n"
        },
        "p/__init__.py:3 names f in a text",
    ),
    "filled by its module": (
        MoveRequest("KINDS", "p/a.py", "p/b.py"),
        {"p/a.py": "KINDS = {}\nif KINDS is not None:\n    KINDS['a'] = 1\n"},
        "p/a.py:3 changes KINDS or hands it on when the module is imported",
    ),
    "handed on by its module": (
        H,
        {"p/a.py": "import atexit\n\n\ndef h(): pass\n\n\natexit.register(h)\n"},
        "p/a.py:7 changes h or hands it on",
    ),
    "with more to it in its module": (
        H,
        {
            "p/a.py": "from functools import singledispatch\n\n\n@singledispatch\n"
            "def h(x): pass\n\n\n@h.register\ndef _of_int(x: int): pass\n"
        },
        "p/a.py:9 changes h or hands it on",
    ),
    "a route": (
        H,
        {"p/a.py": "from flask import app\n\n\n@app.route('/h')\ndef h(): pass\n"},
        "p/a.py:4 decorates h",
    ),
    "a class that its base notes": (
        MoveRequest("Circle", "p/a.py", "p/b.py"),
        {
            "p/shape.py": "class Shape:\n    kinds = []\n\n    def __init_subclass__(cls):\n"
            "        cls.kinds.append(cls)\n",
            "p/round.py": "from p.shape import Shape\n\n\nclass Round(Shape): pass\n",
            "p/a.py": "from p.round import Round\n\n\nclass Circle(Round): pass\n",
        },
        "p/a.py:4 makes a class that its base may note",
    ),
    "a name of Python's": (
        MoveRequest("__getattr__", "p/a.py", "p/b.py"),
        {"p/a.py": "def __getattr__(name):\n    return name\n"},
        "__getattr__ is a name that Python gives a meaning",
    ),
    "types beside it": (F, {"p/a.pyi": "def f() -> int: ...\n"}, "p/a.py has a file of types"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_moved_whole_is_refused_with_the_places(tmp_path: Path, kind: str) -> None:
    request, files, why = REFUSED[kind]
    with pytest.raises(ToolRefusedError) as refused:
        moved(tmp_path, request, {**PLAIN, **files})
    assert why in str(refused.value)
