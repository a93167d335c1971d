"""Five tasks in Python; their tests are unittest's, which any Python runs."""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, delete, edit, find, finish, move, read, run_tests

SHELL = "python3 -m unittest discover -s tests -t ."
HEAD = "import unittest\n\n"
CART = '''"""Carts."""


def total(prices):
    """Add up prices."""
    result = 0
    for price in prices:
        result += price
    return result


def count(prices):
    """Count prices."""
    return len(prices)
'''
CART_TEST = f"""{HEAD}from shop.cart import count, total


class CartTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)

    def test_count(self):
        self.assertEqual(count([1]), 1)
"""
RECEIPT = '''"""Receipts."""

from shop.cart import total


def receipt(prices):
    """Write a receipt."""
    return f"{len(prices)} items, {total(prices)} EUR"
'''
RECEIPT_TEST = f"""{HEAD}from shop.receipt import receipt


class ReceiptTest(unittest.TestCase):
    def test_receipt(self):
        self.assertEqual(receipt([1, 2]), "2 items, 3 EUR")
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/receipt.py": RECEIPT,
    "tests/__init__.py": "",
    "tests/test_cart.py": CART_TEST,
    "tests/test_receipt.py": RECEIPT_TEST,
    "README.md": "# Shop\n",
}
OLD_TESTS = (
    "tests/test_cart.py::CartTest::test_total",
    "tests/test_cart.py::CartTest::test_count",
    "tests/test_receipt.py::ReceiptTest::test_receipt",
)

REPAIR = AgentTask(
    "python-repair",
    "Python",
    "repair",
    "tests/test_cart.py::CartTest::test_total fails: the sum has the wrong sign.",
    SHOP | {"shop/cart.py": CART.replace("+= price", "-= price")},
    OLD_TESTS,
    (
        read("tests/test_cart.py", "shop/cart.py"),
        edit("shop/cart.py", "        result -= price", "        result += price"),
        run_tests(),
        finish("total adds the prices up"),
    ),
    shell_tests=SHELL,
)

COUPONS = '''"""Coupons."""

RATES = {"SPRING": 10, "STAFF": 50}


def discount(code, price):
    """Return what a coupon takes off a price; an unknown one takes nothing."""
    return price * RATES.get(code, 0) // 100
'''
COUPONS_TEST = f"""{HEAD}from shop.cart import total
from shop.coupons import discount
from shop.receipt import receipt


class CouponsTest(unittest.TestCase):
    def test_discount(self):
        self.assertEqual(discount("STAFF", 80), 40)
        self.assertEqual(discount("unknown", 80), 0)

    def test_total_takes_it_off(self):
        self.assertEqual(total([100, 100], "SPRING"), 180)

    def test_receipt_names_it(self):
        self.assertEqual(receipt([100], "STAFF"), "1 items, 50 EUR (STAFF)")
        self.assertEqual(receipt([100]), "1 items, 100 EUR")
"""
HIDDEN_COUPONS = COUPONS_TEST.replace("[100, 100]", "[200]").replace("CouponsTest", "HiddenTest")
FEATURE = AgentTask(
    "python-feature",
    "Python",
    "feature",
    "Add coupons: a module `shop/coupons.py` with `discount(code, price)`, what a coupon takes off "
    "in whole EUR (SPRING 10 percent, STAFF 50, any other nothing); `total` and `receipt` take an "
    "optional `code`, take its discount off, and a receipt ends with the code in parentheses, such "
    "as (STAFF).",
    SHOP,
    (
        *OLD_TESTS,
        "tests/test_hidden.py::HiddenTest::test_discount",
        "tests/test_hidden.py::HiddenTest::test_total_takes_it_off",
        "tests/test_hidden.py::HiddenTest::test_receipt_names_it",
    ),
    (
        read("shop/cart.py", "shop/receipt.py", "tests/test_cart.py"),
        create("shop/coupons.py", COUPONS),
        edit(
            "shop/cart.py",
            'def total(prices):\n    """Add up prices."""\n    result = 0\n'
            "    for price in prices:\n        result += price\n    return result",
            'def total(prices, code=""):\n    """Add up prices, and take a coupon off."""\n'
            "    result = 0\n    for price in prices:\n        result += price\n"
            "    return result - discount(code, result)",
        ),
        edit(
            "shop/cart.py", '"""Carts."""\n', '"""Carts."""\n\nfrom shop.coupons import discount\n'
        ),
        edit(
            "shop/receipt.py",
            'def receipt(prices):\n    """Write a receipt."""\n'
            '    return f"{len(prices)} items, {total(prices)} EUR"',
            'def receipt(prices, code=""):\n    """Write a receipt."""\n'
            '    named = f" ({code})" if code else ""\n'
            '    return f"{len(prices)} items, {total(prices, code)} EUR{named}"',
        ),
        create("tests/test_coupons.py", COUPONS_TEST),
        run_tests(),
        finish("coupons are taken off totals and named on receipts"),
    ),
    hidden={"tests/test_hidden.py": HIDDEN_COUPONS},
    playbook="change",
    shell_tests=SHELL,
)

NAMES_TEST = f"""{HEAD}import shop.cart


class NamesTest(unittest.TestCase):
    def test_names_of_cart(self):
        names = [name for name in vars(shop.cart) if not name.startswith("_")]
        self.assertEqual(sorted(names), ["count", "sum_up"])
"""
RENAME = AgentTask(
    "python-rename",
    "Python",
    "rename",
    "`total` in shop/cart.py has to be called `sum_up`, wherever it is used, in "
    "tests/test_cart.py too; tests/test_names.py::NamesTest::test_names_of_cart shows it.",
    SHOP
    | {
        "tests/test_names.py": NAMES_TEST,
        "tests/test_cart.py": CART_TEST.replace(", total", "").replace(
            "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n\n", ""
        ),
    },
    ("tests/test_names.py::NamesTest::test_names_of_cart", *OLD_TESTS[1:]),
    (
        find("total"),
        read("shop/cart.py", "shop/receipt.py", "tests/test_names.py"),
        edit("shop/cart.py", "def total(prices):", "def sum_up(prices):"),
        edit("shop/receipt.py", "from shop.cart import total", "from shop.cart import sum_up"),
        edit("shop/receipt.py", "{total(prices)}", "{sum_up(prices)}"),
        run_tests(),
        finish("total is called sum_up"),
    ),
    shell_tests=SHELL,
)

LEGACY_TEST = f"""{HEAD}from pathlib import Path

import shop


class LegacyTest(unittest.TestCase):
    def test_no_legacy_module(self):
        self.assertFalse((Path(shop.__file__).parent / "legacy.py").exists())
"""
DELETE = AgentTask(
    "python-delete",
    "Python",
    "delete",
    "shop/legacy.py has to go; its one user, `receipt`, takes `total` from shop/cart.py. "
    "tests/test_legacy.py::LegacyTest::test_no_legacy_module shows it.",
    SHOP
    | {
        "shop/legacy.py": '"""Old sums."""\n\n\ndef add(prices):\n    return sum(prices)\n',
        "shop/receipt.py": RECEIPT.replace("cart import total", "legacy import add").replace(
            "{total(", "{add("
        ),
        "tests/test_legacy.py": LEGACY_TEST,
    },
    ("tests/test_legacy.py::LegacyTest::test_no_legacy_module", *OLD_TESTS),
    (
        find("legacy"),
        read("shop/legacy.py", "shop/receipt.py"),
        edit("shop/receipt.py", "from shop.legacy import add", "from shop.cart import total"),
        edit("shop/receipt.py", "{add(prices)}", "{total(prices)}"),
        delete("shop/legacy.py"),
        run_tests(),
        finish("legacy.py is gone, and receipts use total"),
    ),
    shell_tests=SHELL,
)

PLACES_TEST = f"""{HEAD}from pathlib import Path

import shop


class PlacesTest(unittest.TestCase):
    def test_receipt_is_in_output(self):
        from shop.output.receipt import receipt

        self.assertEqual(receipt([1, 2]), "2 items, 3 EUR")
        self.assertFalse((Path(shop.__file__).parent / "receipt.py").exists())
"""
MOVE = AgentTask(
    "python-move",
    "Python",
    "move",
    "shop/receipt.py has to move to shop/output/receipt.py, and shop/main.py has to import it from "
    "there; tests/test_places.py::PlacesTest::test_receipt_is_in_output shows it.",
    {name: text for name, text in SHOP.items() if "test_receipt" not in name}
    | {
        "shop/main.py": "from shop.receipt import receipt\n\n\n"
        "def show(prices):\n    print(receipt(prices))\n",
        "tests/test_main.py": f"{HEAD}import shop.main\n\n\nclass MainTest(unittest.TestCase):\n"
        "    def test_show(self):\n        self.assertIsNone(shop.main.show([1]))\n",
        "tests/test_places.py": PLACES_TEST,
    },
    (
        "tests/test_places.py::PlacesTest::test_receipt_is_in_output",
        "tests/test_main.py::MainTest::test_show",
        *OLD_TESTS[:2],
    ),
    (
        find("receipt"),
        read("shop/receipt.py", "shop/main.py"),
        move("shop/receipt.py", "shop/output/receipt.py"),
        create("shop/output/__init__.py", '"""What is shown."""\n'),
        edit("shop/main.py", "from shop.receipt import", "from shop.output.receipt import"),
        run_tests(),
        finish("receipt.py is in shop/output"),
    ),
    shell_tests=SHELL,
)

TASKS = (REPAIR, FEATURE, RENAME, DELETE, MOVE)
