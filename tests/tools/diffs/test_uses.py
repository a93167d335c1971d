"""What a change takes away and unchanged files still use is found; what is unsure is counted."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.review.checks.removed_definitions import removed_bounds, removed_findings
from rooftree.git.commands import open_worktree
from tests.support import commit_all, git, git_repository, write_files
from tools.diffs.proposal import Proposal, between
from tools.diffs.removals.removed_definitions import ENOUGH
from tools.diffs.removals.usage_finder import MAX_FILES_PARSED, TOLD_PARSED, RemovalSearch, gone_of
from tools.drafts.program import DraftProgram

CART = (
    "LIMIT = 3\n\n\ndef total(prices):\n    return sum(prices)\n\n\n"
    "def count(prices):\n    return len(prices)\n"
)
QUEUE = (
    "class Queue:\n    def put(self, job):\n        return job\n\n    def take(self):\n"
    "        return self.put(1)\n\n\ndef made() -> Queue:\n    return Queue()\n"
)
LESS = CART.replace("def total(prices):\n    return sum(prices)\n\n\n", "")


def searched(
    tmp_path: Path,
    before: Mapping[str, str],
    after: Mapping[str, str],
    gone: tuple[str, ...] = (),
    moved: Mapping[str, str] | None = None,
) -> tuple[Proposal, RemovalSearch]:
    folder = git_repository(tmp_path, dict(before))
    for source, target in (moved or {}).items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        git(folder, "mv", source, target)
    write_files(folder, dict(after))
    for path in gone:
        git(folder, "rm", "--quiet", path)
    commit_all(folder)
    (tmp_path / "blobs").mkdir()
    proposal = between(open_worktree(folder), "HEAD~1", "HEAD", tmp_path / "blobs")
    return proposal, gone_of(proposal)


def used(search: RemovalSearch) -> dict[str, list[str]]:
    return {one.title: list(map(str, one.used)) for one in search.gone if one.used}


def perhaps(search: RemovalSearch) -> dict[str, list[str]]:
    return {one.title: list(map(str, one.perhaps)) for one in search.gone if one.perhaps}


PYTHON: list[tuple[str, dict[str, str], dict[str, str], dict[str, list[str]]]] = [
    (
        "an import of a function",
        {"app.py": "from shop.cart import count, total\n\nprint(total([1]), count([1]))\n"},
        {"shop/cart.py": LESS},
        {"total": ["app.py:1"]},
    ),
    (
        "an attribute of a module",
        {"app.py": "import shop.cart\n\n\ndef run():\n    return shop.cart.total([1])\n"},
        {"shop/cart.py": LESS},
        {"total": ["app.py:5"]},
    ),
    (
        "a relative import of a constant",
        {"shop/app.py": "from .cart import LIMIT\n"},
        {"shop/cart.py": CART.replace("LIMIT", "MOST")},
        {"LIMIT": ["shop/app.py:1"]},
    ),
    (
        "a function under another name",
        {"app.py": "from shop import cart as c\n\nX = c.total([1])\n"},
        {"shop/cart.py": CART.replace("def total", "def add_up")},
        {"total": ["app.py:3"]},
    ),
    (
        "a method",
        {
            "app.py": "from shop.queue import Queue\n\n\ndef run(queue: Queue):\n"
            "    return queue.put(2)\n"
        },
        {"shop/queue.py": QUEUE.replace("def put(", "def add(").replace("self.put", "self.add")},
        {"Queue.put": ["app.py:5"]},
    ),
    (
        "a class that is inherited",
        {"app.py": "from shop.queue import Queue\n\n\nclass Mine(Queue):\n    pass\n"},
        {"shop/queue.py": "def made():\n    return None\n"},
        {"Queue": ["app.py:1"]},
    ),
    (
        "what is handed on",
        {"shop/api.py": "from shop.cart import total\n", "app.py": "from shop.api import total\n"},
        {"shop/cart.py": LESS},
        {"total": ["shop/api.py:1"]},
    ),
    (
        "a constant that is read as an attribute, and a class in an annotation",
        {"app.py": "from shop import cart\n\n\ndef run():\n    return cart.LIMIT\n"},
        {"shop/cart.py": CART.replace("LIMIT", "MOST")},
        {"LIMIT": ["app.py:5"]},
    ),
    (
        "what a package hands on no more",
        {
            "shop/api.py": "from shop.cart import count, total\n",
            "app.py": "import shop.api as a\n"
            "from shop.api import total\n\nprint(total([a.count([])]))\n",
        },
        {"shop/api.py": "from shop import cart\n"},
        {"count": ["app.py:4"], "total": ["app.py:2"]},
    ),
]


@pytest.mark.parametrize(
    ("users", "after", "expected"), [row[1:] for row in PYTHON], ids=[row[0] for row in PYTHON]
)
def test_a_use_of_what_is_gone_is_found(
    tmp_path: Path, users: dict[str, str], after: dict[str, str], expected: dict[str, list[str]]
) -> None:
    before = {"shop/__init__.py": "", "shop/cart.py": CART, "shop/queue.py": QUEUE, **users}
    proposal, search = searched(tmp_path, before, after)
    assert used(search) == expected
    found = list(removed_findings(proposal, search))
    assert len(found) == len(expected)
    one = found[0]
    severity = "major" if "." in one.symbol else "critical"
    assert (one.side, one.severity, one.code) == ("old", severity, "removed")
    (path,) = after
    assert (one.path, one.quote) == (path, one.quote)
    assert proposal.base_text(path) is not None
    assert one.quote in str(before[path])


QUIET: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("nobody uses it", {"app.py": "from shop.cart import count\n"}, {"shop/cart.py": LESS}),
    (
        "it is handed on from where it went",
        {"app.py": "from shop.cart import total\n"},
        {
            "shop/cart.py": "from shop.sums import total\n" + LESS,
            "shop/sums.py": "def total(prices):\n    return sum(prices)\n",
        },
    ),
    (
        "its users are changed too",
        {"app.py": "from shop.cart import total\n"},
        {"shop/cart.py": LESS, "app.py": "from shop.cart import count\n"},
    ),
    (
        "it may fail where it is imported",
        {"app.py": "try:\n    from shop.cart import total\nexcept ImportError:\n    total = sum\n"},
        {"shop/cart.py": LESS},
    ),
    *(
        (name, {"app.py": f"{guard}:\n    from shop.cart import total\n"}, {"shop/cart.py": LESS})
        for name, guard in (
            (
                "it may fail, and that is let pass",
                "from contextlib import *\nwith suppress(ImportError)",
            ),
            ("it has to fail", "import pytest\nwith pytest.raises(ImportError)"),
            ("an old Python imports it", "import sys\nif sys.version_info < (3, 9)"),
            ("a type checker reads it", "import typing\nif typing.TYPE_CHECKING"),
        )
    ),
    (
        "it is asked whether it is there",
        {"app.py": "from shop import cart\n\nif hasattr(cart, 'total'):\n    cart.total([])\n"},
        {"shop/cart.py": LESS},
    ),
    (
        "a variable has the name of the module",
        {"app.py": "from shop import cart\n\n\ndef run(cart):\n    return cart.total\n"},
        {"shop/cart.py": LESS},
    ),
    (
        "another one of its name is meant",
        {"app.py": "def total(x):\n    return x\n\n\nprint(total(1))\n"},
        {"shop/cart.py": LESS},
    ),
]


@pytest.mark.parametrize(
    ("users", "after"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET]
)
def test_nothing_is_said_where_nothing_is_lost(
    tmp_path: Path, users: dict[str, str], after: dict[str, str]
) -> None:
    before = {"shop/__init__.py": "", "shop/cart.py": CART, **users}
    _, search = searched(tmp_path, before, after)
    assert (used(search), list(removed_bounds(search))) == ({}, [])


@pytest.mark.parametrize(
    "instead",
    [
        "total, other = sum, max\n",
        "for total in (sum,):\n    pass\n",
        "globals()['total'] = sum\n",
        "def __getattr__(name):\n    return sum\n",
        "from math import *\n",
        "import builtins as total\n",
    ],
)
def test_a_name_that_may_be_given_in_another_way_is_no_loss(tmp_path: Path, instead: str) -> None:
    before = {
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "app.py": "from shop.cart import total\n",
    }
    _, search = searched(tmp_path, before, {"shop/cart.py": instead + LESS})
    assert used(search) == {}


@pytest.mark.parametrize(
    ("heir", "certain"), [("", True), ("class Heir(Queue):\n    pass\n", False)]
)
def test_what_is_asked_of_self_may_come_from_a_class_that_inherits(
    tmp_path: Path, heir: str, certain: bool
) -> None:
    before = {"queue_of.py": QUEUE, "heirs.py": f"from queue_of import Queue\n\n\n{heir}"}
    _, search = searched(tmp_path, before, {"queue_of.py": QUEUE.replace("def put(", "def add(")})
    assert (used(search) == {"Queue.put": ["queue_of.py:6"]}) == certain
    assert bool(perhaps(search)) != certain


def test_a_module_that_is_deleted_or_moved_is_missed_where_it_is_imported(tmp_path: Path) -> None:
    before = {
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "shop/queue.py": QUEUE,
        "app.py": "import shop.cart\nfrom shop.queue import Queue\n\nprint(shop.cart.total([1]))\n",
    }
    moved = {"shop/queue.py": "shop/jobs/queue.py"}
    _, search = searched(tmp_path, before, {}, ("shop/cart.py",), moved)
    assert used(search) == {"shop/cart.py": ["app.py:1"], "shop/queue.py": ["app.py:2"]}


def test_imports_of_typescript_are_resolved(tmp_path: Path) -> None:
    before = {
        "src/cart.ts": "export function total(p: number[]) {\n  return p[0];\n}\n"
        "export function count(p: number[]) {\n  return p.length;\n}\n",
        "src/old.js": "export const rate = 2;\n",
        "src/app.ts": 'import { count, total } from "./cart";\nimport { rate } from "./old";\n'
        "console.log(total([rate]), count([]));\n",
    }
    after = {"src/cart.ts": "export function count(p: number[]) {\n  return p.length;\n}\n"}
    _, search = searched(tmp_path, before, after, ("src/old.js",))
    assert used(search) == {"total": ["src/app.ts:1"], "src/old.js": ["src/app.ts:2"]}


def test_where_names_alone_can_be_compared_the_places_are_a_bound(tmp_path: Path) -> None:
    before = {
        "shop/__init__.py": "",
        "shop/queue.py": QUEUE,
        "app.py": "def run(queues):\n    return queues[0].put(1)\n",
        "lib/cart.rb": "def total(prices)\n  prices.sum\nend\n",
        "lib/app.rb": "require_relative 'cart'\nputs total([1])\n",
    }
    after = {
        "shop/queue.py": QUEUE.replace("def put(", "def add(").replace("self.put", "self.add"),
        "lib/cart.rb": "def sum_of(prices)\n  prices.sum\nend\n",
    }
    _, search = searched(tmp_path, before, after)
    assert used(search) == {}
    assert perhaps(search) == {"Queue.put": ["app.py:2"], "total": ["lib/app.rb:2"]}
    assert any("`total` is taken away" in one for one in removed_bounds(search))


TEXTS = {
    "pyproject.toml": ("[project.scripts]\nshop = 'shop.cart:total'\n", 2),
    "setup.cfg": ("[options.entry_points]\nconsole_scripts =\n    shop = shop.cart:total\n", 3),
    "settings.py": (
        "WORKERS = ['shop.cart.total', 'other.shop.cart.total', 'shop.cart.totals']\n",
        1,
    ),
    "app.py": ("import shop.cart\n\nf = getattr(shop.cart, 'total')\ng = {'total': f}\n", 3),
    "tests/test_app.py": ("def test(mocker):\n    mocker.patch.object(1, 'total')\n", 2),
}


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_that_names_what_is_gone_is_a_bound(tmp_path: Path, path: str) -> None:
    text, line = TEXTS[path]
    before = {"shop/__init__.py": "", "shop/cart.py": CART, path: text}
    _, search = searched(tmp_path, before, {"shop/cart.py": LESS})
    assert (used(search), perhaps(search)) == ({}, {"total": [f"{path}:{line}"]})


def test_a_text_that_names_a_module_that_is_gone_is_a_bound(tmp_path: Path) -> None:
    before = {
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "setup.cfg": "[x]\na = shop.cart:total\n",
    }
    _, search = searched(tmp_path, before, {}, ("shop/cart.py",))
    assert perhaps(search) == {"shop/cart.py": ["setup.cfg:2"]}


def test_a_module_that_may_be_absent_where_it_is_imported_is_not_missed(tmp_path: Path) -> None:
    users = "try:\n    import shop.cart\nexcept ImportError:\n    pass\n"
    before = {"shop/__init__.py": "", "shop/cart.py": CART, "app.py": users}
    _, search = searched(tmp_path, before, {}, ("shop/cart.py",))
    assert used(search) == {}


def test_a_file_that_is_emptied_is_not_taken_for_a_module_that_is_gone(tmp_path: Path) -> None:
    before = {
        "shop/__init__.py": "LIMIT = 1\n",
        "shop/cart.py": CART,
        "app.py": "import shop.cart\n",
    }
    _, search = searched(tmp_path, before, {"shop/__init__.py": ""})
    assert [one.title for one in search.gone] == ["LIMIT"]


def test_after_enough_uses_the_files_that_name_it_are_counted_and_not_parsed(
    tmp_path: Path,
) -> None:
    users = {f"app{number:02}.py": "from shop.cart import total\n" for number in range(ENOUGH + 3)}
    before = {"shop/__init__.py": "", "shop/cart.py": CART, **users}
    proposal, search = searched(tmp_path, before, {"shop/cart.py": LESS})
    (gone,) = search.gone
    assert (len(gone.used), gone.unread) == (ENOUGH, 3)
    (found,) = removed_findings(proposal, search)
    assert "20 places use it still" in found.claim
    assert "3 more files that may name it were not looked into" in found.claim


def test_what_an_unchanged_file_defines_is_read_once_for_both_sides(tmp_path: Path) -> None:
    before = {"shop/__init__.py": "", "shop/cart.py": CART, "app.py": "import shop.cart\n"}
    proposal, _ = searched(tmp_path, before, {"shop/cart.py": LESS})
    base = DraftProgram(proposal.base)
    head = DraftProgram(proposal.head, base)
    for path, same in (("app.py", True), ("shop/cart.py", False)):
        sides = base.extraction(base.documents[path]), head.extraction(head.documents[path])
        assert (sides[0] is sides[1]) == same


def test_the_search_tells_how_far_it_is_and_stops_at_its_bound_of_work(tmp_path: Path) -> None:
    users = {f"app{number:03}.py": "print('total')\n" for number in range(MAX_FILES_PARSED + 1)}
    before = {"shop/__init__.py": "", "shop/cart.py": CART, **users}
    proposal, search = searched(tmp_path, before, {"shop/cart.py": LESS})
    told: list[tuple[int, int]] = []
    gone_of(proposal, lambda done, total: told.append((done, total)))
    assert len(told) > MAX_FILES_PARSED // TOLD_PARSED
    assert told == sorted(told)
    assert (search.whole, used(search)) == (False, {})
    assert any("not looked for everywhere" in one for one in removed_bounds(search))


def test_a_name_within_a_longer_one_is_no_reason_to_parse_a_file(tmp_path: Path) -> None:
    before = {
        "shop/__init__.py": "",
        "shop/cart.py": CART,
        "app.py": "subtotal = totals = 1\n",
        "wide.py": "from shop.cart import total  # \N{GREEK SMALL LETTER PI}\n",
    }
    proposal, search = searched(tmp_path, before, {"shop/cart.py": LESS})
    head = DraftProgram(proposal.head)
    assert head.names_in("app.py", {"total"}) == (frozenset(), "")
    assert head.names_in("wide.py", {"total", "count"})[0] == {"total"}
    assert used(search) == {"total": ["wide.py:1"]}


SHELF = (
    "import enum\n\n\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n\n\n"
    "class Shelf:\n    MOST = 3\n    width: int = 1\n\n    def __init__(self):\n"
    "        self.depth: int = 2\n"
)
MEMBERS = {
    "constant": ("    MOST = 3\n", "from shelf import Shelf\n\nX = Shelf.MOST\n", "Shelf.MOST"),
    "of a module": ("    RED = 1\n", "import shelf\n\nX = shelf.Color.RED\n", "Color.RED"),
    "enum": ("    BLUE = 2\n", "from shelf import Color as C\n\nX = C.BLUE\n", "Color.BLUE"),
    "typed": (
        "    width: int = 1\n",
        "from shelf import Shelf\ndef run(one: Shelf):\n    return one.width\n",
        "Shelf.width",
    ),
    "of an instance": (
        "        self.depth: int = 2\n",
        "from shelf import Shelf\ndef run():\n    one = Shelf(); return one.depth\n",
        "Shelf.depth",
    ),
}


@pytest.mark.parametrize("row", MEMBERS)
def test_a_constant_or_attribute_that_a_class_has_no_more_is_missed(
    tmp_path: Path, row: str
) -> None:
    line, user, title = MEMBERS[row]
    before = {"shelf.py": SHELF, "app.py": user}
    after = SHELF.replace(line, "        pass\n" if "self" in line else "")
    proposal, search = searched(tmp_path, before, {"shelf.py": after})
    assert (used(search), perhaps(search)) == ({title: ["app.py:3"]}, {})
    (found,) = removed_findings(proposal, search)
    assert (found.quote, found.side) == (line.rstrip("\n"), "old")


def test_a_method_that_reads_a_constant_its_class_has_no_more_is_told(tmp_path: Path) -> None:
    text = SHELF + "\n    def full(self):\n        return self.MOST\n"
    after = text.replace("    MOST = 3\n", "")
    _, search = searched(tmp_path, {"shelf.py": text}, {"shelf.py": after})
    assert used(search) == {"Shelf.MOST": ["shelf.py:16"]}


def test_a_member_is_a_bound_where_its_class_is_not_known(tmp_path: Path) -> None:
    users = (
        "from shelf import Shelf\n"
        "def run(one): return one.MOST\n"
        "def again(one: Shelf):\n    one = other()\n    return one.MOST\n"
    )
    after = SHELF.replace("    MOST = 3\n", "")
    _, search = searched(tmp_path, {"shelf.py": SHELF, "app.py": users}, {"shelf.py": after})
    assert (used(search), perhaps(search)) == ({}, {"Shelf.MOST": ["app.py:2", "app.py:5"]})
    assert any("`Shelf.MOST` is taken away" in one for one in removed_bounds(search))


@pytest.mark.parametrize(
    ("after", "users"),
    [
        ("    MOST: int = 4\n", "from shelf import Shelf\n\nX = Shelf.MOST\n"),
        ("    @property\n    def MOST(self):\n        return 3\n", "import shelf\n\nshelf.MOST\n"),
        ("", "class Other:\n    MOST = 1\n\n\nX = Other.MOST\nMOST = X\n"),
    ],
    ids=["it is there", "it is a property", "another class is meant"],
)
def test_nothing_is_said_of_a_member_that_is_there_or_not_meant(
    tmp_path: Path, after: str, users: str
) -> None:
    new = SHELF.replace("    MOST = 3\n", after)
    _, search = searched(tmp_path, {"shelf.py": SHELF, "app.py": users}, {"shelf.py": new})
    assert (used(search), perhaps(search)) == ({}, {})


TAKES = (
    "def price(item, rate=1):\n    return item\n\n\n"
    "class Shop:\n    def __init__(self, rate=1):\n        pass\n\n"
    "    def sell(self, item):\n        return item\n"
)


@pytest.mark.parametrize(
    ("old", "new", "call", "broken"),
    [
        ("(item, rate=1)", "(item, rate)", "price(1)", True),
        ("(item, rate=1)", "(item, rate)", "price(1, 2)", False),
        ("(item, rate=1)", "(item)", "price(1, rate=2)", True),
        ("(item, rate=1)", "(item, rate=1, *, tax=0)", "price(1, 2)", False),
        ("(item, rate=1)", "(item, *, tax)", "price(*many)", False),
        ("(item, rate=1)", "(item, *, tax)", "price(**many)", False),
        ("(item, rate=1)", "(item, *, tax)", "price(1, **many)", False),
        ("(item, rate=1)", "(thing, rate=1)", "price(item=1)", True),
        ("(self, item)", "(self, item, count)", "one.sell(1)", True),
        ("(self, item)", "(self, item, count=1)", "one.sell(1)", False),
        ("(self, item)", "(self, item, count)", "Shop.sell(Shop(), 1)", False),
        ("(self, rate=1)", "(self, rate)", "Shop()", True),
        ("(self, rate=1)", "(self, rate)", "Shop(2)", False),
    ],
)
def test_a_call_that_gives_what_was_taken_before_is_found(
    tmp_path: Path, old: str, new: str, call: str, broken: bool
) -> None:
    before = {
        "shop.py": TAKES,
        "app.py": "from shop import Shop, price\n\nmany = {}\n\n\n"
        f"def run(one: Shop):\n    return price, {call}\n",
    }
    proposal, search = searched(tmp_path, before, {"shop.py": TAKES.replace(old, new)})
    assert bool(used(search)) == broken
    for one in removed_findings(proposal, search):
        assert (one.side, one.code, new in one.quote) == ("new", "signature", True)
