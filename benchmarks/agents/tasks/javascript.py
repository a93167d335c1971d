"""Four tasks in JavaScript, tested by Node itself."""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, delete, edit, find, finish, move, read, run_tests

SHELL = "node --test"
NODE = ("node",)
HEAD = "import test from 'node:test';\nimport assert from 'node:assert';\n"
CART = """\
export function total(prices) {
  return prices.reduce((sum, one) => sum + one, 0);
}

export function count(prices) {
  return prices.length;
}
"""
RECEIPT = """\
import { total } from './cart.js';

export function receipt(prices) {
  return `${prices.length} items, ${total(prices)} EUR`;
}
"""
CART_TEST = f"""{HEAD}import {{ count, total }} from '../src/cart.js';

test('total adds up', () => assert.equal(total([1, 2]), 3));
test('count counts', () => assert.equal(count([1]), 1));
"""
RECEIPT_TEST = f"""{HEAD}import {{ receipt }} from '../src/receipt.js';

test('a receipt tells the total', () => assert.equal(receipt([1, 2]), '2 items, 3 EUR'));
"""
SHOP = {
    "package.json": '{"type": "module", "scripts": {"test": "node --test"}}\n',
    "src/cart.js": CART,
    "src/receipt.js": RECEIPT,
    "test/cart.test.js": CART_TEST,
    "test/receipt.test.js": RECEIPT_TEST,
}
OLD_TESTS = (
    "test/cart.test.js::total adds up",
    "test/cart.test.js::count counts",
    "test/receipt.test.js::a receipt tells the total",
)

REPAIR = AgentTask(
    "javascript-repair",
    "JavaScript",
    "repair",
    "The test `total adds up` fails: `total` in src/cart.js begins with one too many.",
    SHOP | {"src/cart.js": CART.replace("sum + one, 0)", "sum + one, 1)")},
    OLD_TESTS,
    (
        read("src/cart.js", "test/cart.test.js"),
        edit("src/cart.js", "sum + one, 1)", "sum + one, 0)"),
        run_tests(),
        finish("total begins with nothing"),
    ),
    shell_tests=SHELL,
    programs=NODE,
)

COUPONS = """\
export function discount(code, price) {
  const rate = code === 'STAFF' ? 50 : code === 'SPRING' ? 10 : 0;
  return Math.floor((price * rate) / 100);
}
"""
COUPONS_TEST = f"""{HEAD}import {{ total }} from '../src/cart.js';
import {{ discount }} from '../src/coupons.js';
import {{ receipt }} from '../src/receipt.js';

test('a coupon takes its share', () => {{
  assert.equal(discount('STAFF', 80), 40);
  assert.equal(discount('unknown', 80), 0);
}});
test('a total takes a coupon off', () => assert.equal(total([100, 100], 'SPRING'), 180));
test('a receipt names its coupon', () => {{
  assert.equal(receipt([100], 'STAFF'), '1 items, 50 EUR (STAFF)');
  assert.equal(receipt([100]), '1 items, 100 EUR');
}});
"""
FEATURE = AgentTask(
    "javascript-feature",
    "JavaScript",
    "feature",
    "Add coupons: a module src/coupons.js that exports `discount(code, price)`, what a coupon "
    "takes off in whole EUR (SPRING 10 percent, STAFF 50, any other nothing); `total` and "
    "`receipt` take an optional code and take its discount off, and a receipt ends with the code "
    "in parentheses, such as (STAFF).",
    SHOP,
    (
        *OLD_TESTS,
        "test/hidden.test.js::a coupon takes its share",
        "test/hidden.test.js::a total takes a coupon off",
        "test/hidden.test.js::a receipt names its coupon",
    ),
    (
        read("src/cart.js", "src/receipt.js", "test/cart.test.js"),
        create("src/coupons.js", COUPONS),
        edit(
            "src/cart.js",
            "export function total(prices) {\n"
            "  return prices.reduce((sum, one) => sum + one, 0);\n}",
            "import { discount } from './coupons.js';\n\n"
            "export function total(prices, code = '') {\n"
            "  const sum = prices.reduce((before, one) => before + one, 0);\n"
            "  return sum - discount(code, sum);\n}",
        ),
        edit(
            "src/receipt.js",
            "export function receipt(prices) {\n"
            "  return `${prices.length} items, ${total(prices)} EUR`;\n}",
            "export function receipt(prices, code = '') {\n"
            "  const named = code ? ` (${code})` : '';\n"
            "  return `${prices.length} items, ${total(prices, code)} EUR${named}`;\n}",
        ),
        create("test/coupons.test.js", COUPONS_TEST),
        run_tests(),
        finish("coupons are taken off totals and named on receipts"),
    ),
    hidden={"test/hidden.test.js": COUPONS_TEST.replace("[100, 100]", "[200]")},
    playbook="change",
    shell_tests=SHELL,
    programs=NODE,
)

GONE_TEST = f"""{HEAD}import {{ existsSync }} from 'node:fs';

test('the old sums are gone', () => assert.ok(!existsSync('src/legacy.js')));
"""
DELETE = AgentTask(
    "javascript-delete",
    "JavaScript",
    "delete",
    "The test `the old sums are gone` fails: src/legacy.js has to go, and `receipt` has to take "
    "`total` from src/cart.js.",
    SHOP
    | {
        "src/legacy.js": "export function add(prices) {\n"
        "  return prices.reduce((sum, one) => sum + one, 0);\n}\n",
        "src/receipt.js": RECEIPT.replace(
            "{ total } from './cart.js'", "{ add } from './legacy.js'"
        ).replace("${total(", "${add("),
        "test/gone.test.js": GONE_TEST,
    },
    ("test/gone.test.js::the old sums are gone", *OLD_TESTS),
    (
        find("legacy"),
        read("src/legacy.js", "src/receipt.js"),
        edit("src/receipt.js", "{ add } from './legacy.js'", "{ total } from './cart.js'"),
        edit("src/receipt.js", "${add(prices)}", "${total(prices)}"),
        delete("src/legacy.js"),
        run_tests(),
        finish("legacy.js is gone"),
    ),
    shell_tests=SHELL,
    programs=NODE,
)

MOVED_TEST = f"""{HEAD}import {{ existsSync }} from 'node:fs';

test('receipts are in output', async () => {{
  assert.ok(!existsSync('src/receipt.js'));
  const {{ receipt }} = await import('../src/output/receipt.js');
  assert.equal(receipt([1, 2]), '2 items, 3 EUR');
}});
"""
MOVE = AgentTask(
    "javascript-move",
    "JavaScript",
    "move",
    "The test `receipts are in output` fails: src/receipt.js has to move to src/output/receipt.js, "
    "and src/main.js has to import it from there.",
    {name: text for name, text in SHOP.items() if name != "test/receipt.test.js"}
    | {
        "src/main.js": "import { receipt } from './receipt.js';\n\n"
        "export function show(prices) {\n  console.log(receipt(prices));\n}\n",
        "test/main.test.js": f"{HEAD}import {{ show }} from '../src/main.js';\n\n"
        "test('main shows', () => assert.equal(show([1]), undefined));\n",
        "test/moved.test.js": MOVED_TEST,
    },
    (
        "test/moved.test.js::receipts are in output",
        "test/main.test.js::main shows",
        *OLD_TESTS[:2],
    ),
    (
        find("receipt"),
        read("src/receipt.js", "src/main.js"),
        move("src/receipt.js", "src/output/receipt.js"),
        edit("src/output/receipt.js", "'./cart.js'", "'../cart.js'"),
        edit("src/main.js", "'./receipt.js'", "'./output/receipt.js'"),
        run_tests(),
        finish("receipts are in src/output"),
    ),
    shell_tests=SHELL,
    programs=NODE,
)

TASKS = (REPAIR, FEATURE, DELETE, MOVE)
