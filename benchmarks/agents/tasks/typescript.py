"""Two tasks in TypeScript, tested by vitest."""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, edit, finish, read, run_tests

SHELL = "npx vitest run"
NODE = ("node", "npm")
HEAD = "import { expect, test } from 'vitest';\n"
CART = """\
export function total(prices: readonly number[]): number {
  let sum = 0;
  for (const one of prices) sum += one;
  return sum;
}
"""
RECEIPT = """\
import { total } from './cart';

export function receipt(prices: readonly number[]): string {
  return `${prices.length} items, ${total(prices)} EUR`;
}
"""
CART_TEST = f"""{HEAD}import {{ total }} from '../src/cart';

test('total adds up', () => expect(total([1, 2])).toBe(3));
test('total grows', () => expect(total([1, 2])).toBeGreaterThan(total([1])));
"""
RECEIPT_TEST = f"""{HEAD}import {{ receipt }} from '../src/receipt';

test('a receipt tells the total', () => expect(receipt([1, 2])).toBe('2 items, 3 EUR'));
"""
SHOP = {
    ".gitignore": "node_modules\n",
    "package.json": '{"type": "module", "scripts": {"test": "vitest"}}\n',
    "src/cart.ts": CART,
    "src/receipt.ts": RECEIPT,
    "test/cart.test.ts": CART_TEST,
    "test/receipt.test.ts": RECEIPT_TEST,
}
OLD_TESTS = (
    "test/cart.test.ts::total adds up",
    "test/cart.test.ts::total grows",
    "test/receipt.test.ts::a receipt tells the total",
)

REPAIR = AgentTask(
    "typescript-repair",
    "TypeScript",
    "repair",
    "The test `total adds up` fails: `total` in src/cart.ts begins with one too many.",
    SHOP | {"src/cart.ts": CART.replace("sum = 0", "sum = 1")},
    OLD_TESTS,
    (
        read("src/cart.ts", "test/cart.test.ts"),
        edit("src/cart.ts", "let sum = 1;", "let sum = 0;"),
        run_tests(),
        finish("total begins with nothing"),
    ),
    shell_tests=SHELL,
    programs=NODE,
    module="vitest",
)

COUPONS = """\
export function discount(code: string, price: number): number {
  const rate = code === 'STAFF' ? 50 : code === 'SPRING' ? 10 : 0;
  return Math.floor((price * rate) / 100);
}
"""
COUPONS_TEST = f"""{HEAD}import {{ total }} from '../src/cart';
import {{ discount }} from '../src/coupons';
import {{ receipt }} from '../src/receipt';

test('a coupon takes its share', () => {{
  expect(discount('STAFF', 80)).toBe(40);
  expect(discount('unknown', 80)).toBe(0);
}});
test('a total takes a coupon off', () => expect(total([100, 100], 'SPRING')).toBe(180));
test('a receipt names its coupon', () => {{
  expect(receipt([100], 'STAFF')).toBe('1 items, 50 EUR (STAFF)');
  expect(receipt([100])).toBe('1 items, 100 EUR');
}});
"""
FEATURE = AgentTask(
    "typescript-feature",
    "TypeScript",
    "feature",
    "Add coupons: a module src/coupons.ts that exports `discount(code, price)`, what a coupon "
    "takes off in whole EUR (SPRING 10 percent, STAFF 50, any other nothing); `total` and "
    "`receipt` take an optional code and take its discount off, and a receipt ends with the code "
    "in parentheses, such as (STAFF).",
    SHOP,
    (
        *OLD_TESTS,
        "test/hidden.test.ts::a coupon takes its share",
        "test/hidden.test.ts::a total takes a coupon off",
        "test/hidden.test.ts::a receipt names its coupon",
    ),
    (
        read("src/cart.ts", "src/receipt.ts", "test/cart.test.ts"),
        create("src/coupons.ts", COUPONS),
        edit(
            "src/cart.ts",
            "export function total(prices: readonly number[]): number {\n  let sum = 0;\n"
            "  for (const one of prices) sum += one;\n  return sum;",
            "import { discount } from './coupons';\n\n"
            "export function total(prices: readonly number[], code = ''): number {\n"
            "  let sum = 0;\n  for (const one of prices) sum += one;\n"
            "  return sum - discount(code, sum);",
        ),
        edit(
            "src/receipt.ts",
            "export function receipt(prices: readonly number[]): string {\n"
            "  return `${prices.length} items, ${total(prices)} EUR`;",
            "export function receipt(prices: readonly number[], code = ''): string {\n"
            "  const named = code ? ` (${code})` : '';\n"
            "  return `${prices.length} items, ${total(prices, code)} EUR${named}`;",
        ),
        create("test/coupons.test.ts", COUPONS_TEST),
        run_tests(),
        finish("coupons are taken off totals and named on receipts"),
    ),
    hidden={"test/hidden.test.ts": COUPONS_TEST.replace("[100, 100]", "[200]")},
    playbook="change",
    shell_tests=SHELL,
    programs=NODE,
    module="vitest",
)

TASKS = (REPAIR, FEATURE)
