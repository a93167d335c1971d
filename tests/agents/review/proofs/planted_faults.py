"""A small library, faults to plant in it, and a reviewer who is half wrong about each change.

Each row is one change. It plants one fault, about which a claim is right, and it rewrites another
function, about which a claim is wrong: each in its own way, with the tests that go with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MODULE = '''"""Figures of a shop."""


def clamp(value, low, high):
    """Keep a value within bounds."""
    if value < low:
        return low
    return min(value, high)


def mean(values):
    """Return the mean; 0 of nothing."""
    if not values:
        return 0
    return sum(values) / len(values)


def split_name(name):
    """Return first and last name."""
    first, _, last = name.partition(" ")
    return first, last


def discount(price, percent):
    """Take a discount off."""
    return price - price * percent / 100


def unique(values):
    """Return each value once, in order."""
    return list(dict.fromkeys(values))


def pages(items, size):
    """Return how many pages hold so many items."""
    return -(-items // size)


def is_leap(year):
    """Say whether a year has a day more."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def median(values):
    """Return the middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def merge(left, right):
    """Return both; what stands on the right counts."""
    return {**left, **right}


def truncate(text, limit):
    """Cut a text to a limit, its mark included."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def overlap(first, second):
    """Say whether two ranges share a point."""
    return first[0] <= second[1] and second[0] <= first[1]


def retries(delays):
    """Return how long all attempts wait together."""
    total = 0
    for delay in delays:
        total += delay
    return total


def nothing():
    """Stand between two functions, so that no hunk shows both."""
    one = 1
    two = 2
    three = 3
    return one + two - three


def label(name, count):
    """Say how many of something there are."""
    text = f"{count} {name}"
    if count != 1:
        text += "s"
    return text
'''
TESTS = """\
from shop.figures import clamp, label


def test_clamp():
    assert clamp(5, 1, 10) == 5


def test_label():
    assert label("pear", 3) == "3 pears"
"""
GOOD: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/figures.py": MODULE,
    "tests/test_figures.py": TESTS,
}
LABEL = """    text = f"{count} {name}"
    if count != 1:
        text += "s"
    return text
"""
HARMLESS = """    ending = "" if count == 1 else "s"
    return f"{count} {name}{ending}"
"""
HARMLESS_LINE = '    ending = "" if count == 1 else "s"'


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A line that is right, what it becomes, and a call that tells them apart."""

    symbol: str
    right: str
    wrong: str
    call: str
    value: str

    @property
    def test(self) -> str:
        return (
            f"from shop.figures import {self.symbol}\n\n\n"
            f"def test_{self.symbol}_again():\n    assert {self.call} == {self.value}\n"
        )


FAULTS = (
    PlantedFault(
        "clamp",
        "    return min(value, high)",
        "    return value",
        "clamp(11, 1, 10)",
        "10",
    ),
    PlantedFault("mean", "    if not values:", "    if values is None:", "mean([])", "0"),
    PlantedFault(
        "split_name",
        'name.partition(" ")',
        'name.rpartition(" ")',
        'split_name("Ada")',
        '("Ada", "")',
    ),
    PlantedFault("discount", "percent / 100", "percent // 100", "discount(10, 55)", "4.5"),
    PlantedFault(
        "unique",
        "list(dict.fromkeys(values))",
        "sorted(set(values))",
        "unique([2, 1, 2])",
        "[2, 1]",
    ),
    PlantedFault("pages", "-(-items // size)", "items // size", "pages(11, 10)", "2"),
    PlantedFault(
        "is_leap", " and (year % 100 != 0 or year % 400 == 0)", "", "is_leap(1900)", "False"
    ),
    PlantedFault(
        "median",
        "    ordered = sorted(values)",
        "    ordered = list(values)",
        "median([3, 1, 2])",
        "2",
    ),
    PlantedFault(
        "merge", "{**left, **right}", "{**right, **left}", "merge({1: 2}, {1: 3})", "{1: 3}"
    ),
    PlantedFault("truncate", "text[: limit - 1]", "text[:limit]", 'len(truncate("abcd", 3))', "3"),
    PlantedFault(
        "overlap",
        "first[0] <= second[1]",
        "first[0] < second[1]",
        "overlap((2, 3), (1, 2))",
        "True",
    ),
    PlantedFault(
        "retries", "        total += delay", "        total = delay", "retries([1, 2])", "3"
    ),
)


@dataclass(frozen=True, slots=True)
class WrongClaim:
    """A claim that is wrong about the other function that a change rewrites, or about its tests."""

    name: str
    test: str
    """What the reviewer writes to prove it; `{fault}` is the test of the fault that is there."""
    body: str = HARMLESS
    quote: str = HARMLESS_LINE
    title: str = "Say it shorter"
    tests: tuple[str, str] = (TESTS, TESTS)
    """The project's tests before and with the change."""
    intended: str = "no"
    words: str = ""
    behaviour: bool = False
    """Whether the test does show that behaviour changes, as it is meant."""

    def proving(self, fault: PlantedFault) -> str:
        return self.test.replace("{fault}", fault.test)


HEAD = "from shop.figures import label\n\n\ndef test_it():\n"
DOZEN = LABEL.replace(
    "    text =", '    if count == 12:\n        return f"a dozen {name}s"\n    text ='
)
DOZEN_TEST = f'{HEAD}    assert label("pear", 12) == "12 pears"\n'
DOZEN_LINE = "    if count == 12:"
EDITED = TESTS.replace('label("pear", 3) == "3 pears"', 'label("pear", 12) == "a dozen pears"')
OLD_TEST = TESTS.replace('label("pear", 3) == "3 pears"', 'label("pear", 12) == "12 pears"')
OTHER_TEST = (
    "{fault}\n\nfrom shop.figures import label\n\n\ndef test_too():\n    assert label('a', 1)\n"
)
OPENS = """\
    code = Path("shop/figures.py").open().read()
    assert "text +=" in code and label
"""
COUNTS = """\
    seen = Path("/tmp/seen")
    first = not seen.exists()
    seen.touch()
    assert first and label
"""
PATHLIB = "from pathlib import Path\n\n"
WRONG = (
    WrongClaim("a test of the other fault", OTHER_TEST),
    WrongClaim("a test that fails on both sides", f'{HEAD}    assert label("a", 1) == "one a"\n'),
    WrongClaim("a test that passes on both sides", f'{HEAD}    assert label("a", 1) == "1 a"\n'),
    WrongClaim(
        "a test that reads the code",
        f"import inspect\n\n{HEAD}    assert 'text +=' in inspect.getsource(label)\n",
    ),
    WrongClaim("a test that opens the file", f"{PATHLIB}{HEAD}{OPENS}"),
    WrongClaim("a test of something else", "def test_it():\n    assert 1 + 1 == 3\n"),
    WrongClaim(
        "a test that cannot be read",
        "from shop.figures import labels as label\n\n\ndef test_it():\n    assert label\n",
    ),
    WrongClaim("a test that counts its runs", f"{PATHLIB}{HEAD}{COUNTS}"),
    WrongClaim(
        "what the title says",
        DOZEN_TEST,
        DOZEN,
        DOZEN_LINE,
        "Say a dozen instead of 12 of something",
        intended="yes",
        words="Say a dozen instead of 12",
        behaviour=True,
    ),
    WrongClaim(
        "what an edited test says",
        DOZEN_TEST,
        DOZEN,
        DOZEN_LINE,
        "Tidy up",
        (OLD_TEST, EDITED),
        behaviour=True,
    ),
    WrongClaim(
        "what nobody says",
        DOZEN_TEST,
        DOZEN,
        DOZEN_LINE,
        "Tidy up",
        intended="yes",
        words="they want it like this",
        behaviour=True,
    ),
    WrongClaim(
        "a secret in a test", f'{HEAD}    key = "AKIAIOSFODNN7EXAMPLE"\n    assert label(key, 1)\n'
    ),
)
