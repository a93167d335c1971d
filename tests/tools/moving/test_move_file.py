"""A module's file goes elsewhere with every import of it, or not at all."""

from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from tests.tools.moving.moving_drafts import moved, run
from tools.moving.request import MoveRequest

FILES: dict[str, str | bytes] = {
    "p/__init__.py": "from . import a\nfrom .a import f\n\n__all__ = ['a', 'f']\n",
    "p/a.py": "from . import money\nfrom .money import Money\n\n\n"
    "def f():\n    return money.VALUE, Money\n",
    "p/money.py": "VALUE = 3\nMoney = int\n",
    "p/q/__init__.py": "",
    "p/q/deep.py": "from .. import a\nfrom ..a import f as g\n\n\ndef h(a=a):\n    return a.f, g\n",
    "uses.py": "import os, p.a\nimport p.a as x\nfrom p import a, money\n\n"
    "print(p.a.f()[0], x.f()[0], a.f()[0], p.f()[0], money.VALUE)\n",
    "more.py": "from p import (\n    a,\n    money,\n)\n\nprint(a.f()[0], money.VALUE)\n",
    "taken.py": "from p import a\n\nb = 1\nprint(a.f()[0])\n",
    "README.md": "See `p/a.py`, that is `p.a`.\n",
}


def test_a_module_is_renamed_where_it_is(tmp_path: Path) -> None:
    done = moved(tmp_path, MoveRequest("", "p/a.py", "p/b.py"), FILES)
    draft = done.draft
    assert draft.content("p/a.py") is None
    assert draft.content("p/b.py") == str(FILES["p/a.py"]).encode()
    assert draft.text("p/__init__.py") == (
        "from . import b\nfrom .b import f\n\n__all__ = ['b', 'f']\n"
    )
    assert draft.text("p/q/deep.py") == (
        "from .. import b as a\nfrom ..b import f as g\n\n\ndef h(a=a):\n    return a.f, g\n"
    )
    assert draft.text("uses.py") == (
        "import os, p.b\nimport p.b as x\nfrom p import b, money\n\n"
        "print(p.b.f()[0], x.f()[0], b.f()[0], p.f()[0], money.VALUE)\n"
    )
    assert (
        draft.text("more.py")
        == "from p import (\n    b,\n    money,\n)\n\nprint(b.f()[0], money.VALUE)\n"
    )
    assert draft.text("taken.py") == "from p import b as a\n\nb = 1\nprint(a.f()[0])\n"
    assert any("README.md:1" in note for note in done.notes)
    assert run(tmp_path, draft, "import uses, more, taken, p.q.deep") == "3 3 3 3 3\n3 3\n3\n"


def test_a_module_goes_to_another_package(tmp_path: Path) -> None:
    done = moved(tmp_path, MoveRequest("", "p/a.py", "p/new/c.py"), {**FILES, "p/__init__.py": ""})
    draft = done.draft
    assert draft.text("p/new/__init__.py") == ""
    assert draft.text("p/new/c.py") == (
        "from .. import money\nfrom ..money import Money\n\n\n"
        "def f():\n    return money.VALUE, Money\n"
    )
    assert draft.text("p/q/deep.py") == (
        "from ..new import c as a\nfrom ..new.c import f as g\n\n\ndef h(a=a):\n    return a.f, g\n"
    )
    assert draft.text("more.py") == (
        "from p import (\n    money,\n)\nfrom p.new import c\n\nprint(c.f()[0], money.VALUE)\n"
    )
    assert "import os, p.new.c\nimport p.new.c as x\n" in draft.text("uses.py")
    code = "from p.q import deep; import more, taken; print(deep.h())"
    assert "Error" not in run(tmp_path, draft, code)


REFUSED: dict[str, tuple[MoveRequest, dict[str, str], str]] = {
    "there already": (MoveRequest("", "p/a.py", "p/money.py"), {}, "p/money.py is there already"),
    "a package": (MoveRequest("", "p/__init__.py", "p/b.py"), {}, "means something to Python by"),
    "no name": (MoveRequest("", "p/a.py", "p/a-b.py"), {}, "'a-b' is no name of a module"),
    "a text": (
        MoveRequest("", "p/a.py", "p/b.py"),
        {"t.py": "import importlib\nimportlib.import_module('p.a')\n"},
        "t.py:2 names it in a text",
    ),
    "an entry point": (
        MoveRequest("", "p/a.py", "p/b.py"),
        {"setup.cfg": "[options.entry_points]\nconsole_scripts =\n    a = p.a:f\n"},
        "setup.cfg:3 names it in a text",
    ),
    "where it lies": (
        MoveRequest("", "p/money.py", "p/q/money.py"),
        {"p/money.py": "import os\nVALUE = os.path.dirname(__file__)\nMoney = int\n"},
        "p/money.py:2 uses __file__",
    ),
    "by another module": (
        MoveRequest("", "p/money.py", "p/coins.py"),
        {"t.py": "from p.a import money\n"},
        "t.py:1 has it from a module that imports it itself",
    ),
    "asked of its package": (
        MoveRequest("", "p/a.py", "p/q/a.py"),
        {"t.py": "import p\nprint(p.a)\n"},
        "t.py:2 asks p.a for it",
    ),
    "asked for by a text": (
        MoveRequest("", "p/a.py", "p/b.py"),
        {"t.py": "import p\nprint(getattr(p, 'a'))\n"},
        "t.py:2 names a of the module in a text",
    ),
    "fetched later by its package": (
        MoveRequest("", "p/money.py", "p/coins.py"),
        {
            "p/__init__.py": "import importlib\n\n\ndef __getattr__(name):\n"
            "    return importlib.import_module('.' + {'cash': 'money'}[name], __name__)\n"
        },
        "p/__init__.py:5 names money in a text",
    ),
    "looked for by its file": (
        MoveRequest("", "p/money.py", "p/coins.py"),
        {"p/q/all.py": "import p\nimport pkgutil\nALL = [*pkgutil.iter_modules(p.__path__)]\n"},
        "p/q/all.py looks for modules by iter_modules",
    ),
    "fixtures": (
        MoveRequest("", "tests/test_a.py", "test_a.py"),
        {"tests/conftest.py": "", "tests/test_a.py": ""},
        "tests/conftest.py would no longer count",
    ),
    "a circle": (
        MoveRequest("", "p/money.py", "p/loop/money.py"),
        {"p/loop/__init__.py": "from p.a import f\n"},
        "in a circle: p/a.py → p/loop/__init__.py → p/a.py",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_moved_whole_is_refused_with_the_places(tmp_path: Path, kind: str) -> None:
    request, files, why = REFUSED[kind]
    with pytest.raises(ToolRefusedError) as refused:
        moved(tmp_path, request, {**FILES, **files})
    assert why in str(refused.value)
