"""A feature for each ecosystem's project, with tests of it: one shows it, and others do not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """Prices below nothing are left out of the total."""

    definition: str
    path: str
    """Where its new test goes."""
    test: str
    """A file of one test; `{check}` stands for what it looks at."""
    shows: str
    weak: dict[str, str]
    """Checks that show nothing, by what is said of them."""

    def written(self, check: str) -> str:
        return self.test.replace("{check}", check)


SAYS_NOTHING = "they pass also where .*[tT]otal does nothing but"
NOT_RUN = "they pass also where .*(?:throw|panic)"
FEATURES = {
    "node": Feature(
        """export function total(prices) {
  let result = 0;
  for (const price of prices) {
    if (price > 0) {
      result += price;
    }
  }
  return result;
}""",
        "test/cart_new1.test.js",
        "import test from 'node:test';\nimport assert from 'node:assert/strict';\n"
        "import { total } from '../src/cart.js';\n\n"
        "test('total leaves out debts', () => {\n  {check};\n});\n",
        "assert.equal(total([1, -5, 2]), 3)",
        {
            "assert.ok(true)": NOT_RUN,
            "assert.notEqual(total([1, -5, 2]), 7)": SAYS_NOTHING,
            "assert.equal(total([-5]), 0)": NOT_RUN,
        },
    ),
    "go": Feature(
        """func Total(prices []int) int {
	result := 0
	for _, price := range prices {
		if price > 0 {
			result += price
		}
	}
	return result
}""",
        "cart_new1_test.go",
        'package shop\n\nimport "testing"\n\nfunc TestDebts(t *testing.T) {\n'
        '\tif {check} {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
        "Total([]int{1, -5, 2}) != 3",
        {"false": NOT_RUN, "Total([]int{1, -5, 2}) == 7": SAYS_NOTHING},
    ),
    "rust": Feature(
        """pub fn total(prices: &[i64]) -> i64 {
    let mut result = 0;
    for price in prices {
        if *price > 0 {
            result += price;
        }
    }
    result
}""",
        "tests/lib_new1.rs",
        "use shop::total;\n\n#[test]\nfn debts_are_left_out() {\n    let _ = total(&[]);\n"
        "    {check};\n}\n",
        "assert_eq!(total(&[1, -5, 2]), 3)",
        {"assert!(true)": NOT_RUN, "assert_ne!(total(&[1, -5, 2]), 7)": SAYS_NOTHING},
    ),
}
