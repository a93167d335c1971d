"""A change is taken apart into what can be broken, and refused where something else is in it."""

import pytest

from tools.mutation.parts import NotTakenApartError
from tools.mutation.python import changed_pieces, lines_to_run, mutants, named_piece

BEFORE = '''"""Shop."""

import os

RATE = 3


class Cart:
    """Holds."""

    size = 1

    def total(self):
        return 1

    @property
    def name(self):
        return "x"


def paid(x):
    return x
'''


def names(after: str) -> list[str]:
    return [piece.name for piece in changed_pieces(BEFORE, after)]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, []),
        (BEFORE.replace('"""Shop."""', '"""The shop."""').replace("Holds", "Has"), []),
        (BEFORE.replace("import os", "import os\nimport sys"), []),
        (BEFORE.replace("return 1", "return (1)  # one"), []),
        (BEFORE.replace("return 1", "return 2"), ["Cart.total"]),
        (BEFORE.replace("    @property\n", ""), ["Cart.name"]),
        (BEFORE.replace("def paid(x)", "def paid(x, y=1)"), ["paid"]),
        (BEFORE.replace("RATE = 3", "RATE = 4"), ["RATE"]),
        (BEFORE.replace("size = 1", "size = 1\n    color: str = 'red'"), ["Cart.color"]),
        (BEFORE + "\n\nasync def more():\n    pass\n", ["more"]),
        (BEFORE + "\n\nclass Lost(ValueError):\n    pass\n", ["Lost"]),
        (BEFORE + "\n\ndef paid(x):\n    return 2\n", ["paid (2)"]),
        (BEFORE + "\n__all__ = ['paid']\n", []),
        (BEFORE + "\npaid(1)\n", ["paid(1)"]),
    ],
)
def test_pieces_are_what_does_something_else_now(after: str, expected: list[str]) -> None:
    assert names(after) == expected


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (BEFORE.replace("def paid", "def pays"), "it removes paid"),
        (BEFORE.replace("RATE = 3\n", ""), "it removes RATE"),
        (BEFORE.replace("class Cart:", "class Cart(dict):"), "what class Cart is made of"),
        (BEFORE.replace("return x", "return os.path"), None),
        (
            BEFORE.replace("import os", "import posix as os").replace("return x", "return os.x"),
            r"import of os \(os\)",
        ),
        (BEFORE + "def (:\n", "cannot be read as Python"),
        (BEFORE + "'\\d'\n", None),
    ],
)
def test_what_no_test_of_a_piece_can_show_is_refused(after: str, why: str | None) -> None:
    if why is None:
        changed_pieces(BEFORE, after)
        return
    with pytest.raises(NotTakenApartError, match=why):
        changed_pieces(BEFORE, after)


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        ("return 5", ["raise NotImplementedError", "return None", "return True"]),
        ("return None", ["raise NotImplementedError", "return True"]),
        ("raise NotImplementedError", ["return None", "return True"]),
        ("for i in x:\n        yield i", ["raise NotImplementedError", "if False: yield"]),
        (
            "'''Doc.'''\n    def inner():\n        yield 1\n    return inner",
            ["raise NotImplementedError", "return None", "return True"],
        ),
        ("@staticmethod\n    def inner(): '''é'''; return 1\n    return 'é'; x = 1", None),
    ],
)
def test_a_function_is_broken_in_each_way_that_changes_it(
    body: str, ways: list[str] | None
) -> None:
    text = f"é = 'é'\ndef f(x):\n    {body}\n\n\ny = 1\n"
    piece = named_piece(text, "f")
    assert piece is not None
    found = list(mutants(text, piece))
    if ways is not None:
        assert [one.how for one in found] == ways
    for one in found:
        assert one.text == f"é = 'é'\ndef f(x):\n    {one.how}\n\n\ny = 1\n"


def test_each_changed_statement_is_to_run_and_no_other() -> None:
    before = "def f(x):\n    y = 1\n    return y\n"
    after = (
        "def f(x):\n    '''Doc.'''\n    y = 1\n    try:\n        if (x and\n                y):\n"
        "            y = [\n                1,\n            ]\n    except ValueError:\n"
        "        pass\n    return y\n"
    )
    pieces = changed_pieces(before, after)
    assert lines_to_run(before, after, pieces) == {
        5: frozenset({5, 6}),
        7: frozenset({7, 8, 9}),
    }
