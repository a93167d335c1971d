"""JavaScript, TypeScript, Go and Rust are taken apart alike, each piece broken in its own words."""

import pytest

from tools.drafts.syntax import first_error
from tools.mutation.parts import NotTakenApartError, Taken
from tools.mutation.rust import with_old_tests
from tools.mutation.taking import can_take, taken, taken_function

JS = """import ms from 'ms';

const RATE = 3;

export function paid(x) {
  return x;
}

class Cart {
  total() {
    return 1;
  }
}

module.exports = { paid, Cart };
"""
TS = """interface Price { of: number }

export const paid = (x: Price): number => x.of;
"""
GO = """package shop

import "errors"

const Rate = 3

type Cart struct{ a int }

var ErrNone = errors.New("none")

func (c *Cart) Total() int { return 1 }

func Paid(x int) (int, error) {
	return x, nil
}
"""
RUST = """use std::fmt;

pub const RATE: i64 = 3;

#[derive(Debug)]
pub struct Cart { a: i64 }

impl Cart {
    pub fn total(&self) -> i64 { 1 }
}

pub fn paid(x: i64) -> Option<i64> {
    Some(x)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_paid() { assert_eq!(super::paid(1), Some(1)); }
}
"""
FILES = {"a.js": JS, "a.ts": TS, "a.go": GO, "a.rs": RUST}


def hows(found: Taken, name: str) -> list[str]:
    """Return what is done to a function at its begin."""
    return [one.how for one in found.mutants if one.name == name and not one.line]


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("a.js", "return x;", "return (x); // it", ["paid"]),
        ("a.js", "return x;", "return x // it\n  ;", []),
        ("a.js", "return 1", "return 2", ["Cart.total"]),
        ("a.js", "RATE = 3", "RATE = 4", ["RATE"]),
        ("a.js", "class Cart {", "const more = () => 2;\nclass Cart {", ["more"]),
        ("a.js", "{ paid,", "{ more, paid,", []),
        ("a.js", "import ms from 'ms';", "import ms from 'ms';\nimport { a as b } from './a';", []),
        ("a.js", "  total()", "  #x = 'a';\n  total()", ["Cart.#x"]),
        ("a.js", "  total()", "  static async *more() {}\n  total()", ["Cart.more"]),
        ("a.js", "class Cart {", "export default function () {}\nclass Cart {", ["default"]),
        ("a.js", "class Cart {", "exports.b = function () {};\nclass Cart {", ["b"]),
        ("a.ts", "x.of;", "x.of + 1;", ["paid"]),
        ("a.ts", "\nexport", "type A = string;\nexport", []),
        ("a.go", "return x, nil", "return x + 1, nil", ["Paid"]),
        ("a.go", "{ return 1 }", "{ return 2 } // it", ["Cart.Total"]),
        ("a.go", "Rate = 3", "Rate = 4", ["Rate"]),
        ("a.go", "type Cart", "type More int\n\nfunc (m More) A() {}\n\ntype Cart", ["More.A"]),
        ("a.go", 'import "errors"', 'import (\n\t"errors"\n\t"fmt"\n)', []),
        ("a.rs", "Some(x)", "Some(x + 1)", ["paid"]),
        ("a.rs", "{ 1 }", "{ 2 }", ["Cart.total"]),
        ("a.rs", "= 3;", "= 4;", ["RATE"]),
        ("a.rs", "pub fn paid", "#[inline]\npub fn paid", ["paid"]),
        ("a.rs", "use std::fmt;", "use std::fmt;\nuse std::{io::{self, Read}, mem as m};", []),
        ("a.rs", "paid(1), Some(1)", "paid(2), Some(2)", []),
        ("a.rs", "impl Cart {", "impl A for Cart { fn b(&self) {} }\nimpl Cart {", ["Cart.b"]),
    ],
)  # fmt: skip
def test_pieces_are_what_does_something_else_now(
    path: str, old: str, new: str, expected: list[str]
) -> None:
    after = FILES[path].replace(old, new)
    assert after != FILES[path]
    assert list(taken(path, FILES[path], after).names) == expected


@pytest.mark.parametrize(
    ("path", "old", "new", "why"),
    [
        ("a.js", "function paid", "function pays", "it removes paid"),
        ("a.js", "class Cart {", "class Cart extends Map {", "what class Cart is made of"),
        ("a.js", "{ paid, Cart }", "{ paid }", "it removes export Cart"),
        ("a.js", "RATE = 3", "RATE = ms('3s')", "changes RATE, which is no function"),
        ("a.js", "class Cart {", "paid(1);\nclass Cart {", r"adds `paid\(1\)`"),
        ("a.js", "class Cart {", "import './more';\nclass Cart {", "adds `import './more';`"),
        ("a.js", "from 'ms';", "from 'sm';\nms();", "changes the import of ms|adds `ms"),
        ("a.js", "return x", "return (", "a.js cannot be read as JavaScript"),
        ("a.ts", "of: number", "of: string", "what Price is made of"),
        ("a.go", "func Paid", "func Pays", "it removes Paid"),
        ("a.go", "a int", "a int64", "what type Cart is made of"),
        ("a.go", 'New("none")', 'New("nothing")', "changes ErrNone, which is no function"),
        ("a.go", 'import "errors"', 'import "my/errors"', r'the import of errors \("errors"\)'),
        ("a.rs", "pub fn paid", "pub fn pays", "it removes paid"),
        ("a.rs", "a: i64", "a: u64", "what Cart is made of"),
        ("a.rs", "#[derive(Debug)]", "#[derive(Clone)]", "what Cart is made of"),
        ("a.rs", "pub fn paid", "macro_rules! a { () => {} }\npub fn paid", "adds a, which"),
        ("a.rs", "    Some(x)", "    go! {\n        x\n    }\n    Some(x)", "a macro with code"),
    ],
)  # fmt: skip
def test_what_no_test_of_a_piece_can_show_is_refused(
    path: str, old: str, new: str, why: str
) -> None:
    after = FILES[path].replace(old, new)
    assert after != FILES[path]
    with pytest.raises(NotTakenApartError, match=why):
        taken(path, FILES[path], after)


def test_a_name_that_comes_from_elsewhere_is_no_change_where_nothing_uses_it() -> None:
    assert taken("a.js", JS, JS.replace("from 'ms'", "from 'sm'")).names == ()
    used = JS.replace("return x", "return ms(x)")
    with pytest.raises(NotTakenApartError, match="changes the import of ms"):
        taken("a.js", used, used.replace("from 'ms'", "from 'sm'"))


@pytest.mark.parametrize(
    ("path", "text", "ways"),
    [
        ("a.js", "function f(x) { return 5; }", ["throw", "return undefined", "return true"]),
        ("a.js", "const f = (x) => x;", ["throw", "return undefined", "return true"]),
        ("a.js", "function f() { return undefined; }", ["throw", "return true"]),
        ("a.js", "function f() { throw new Error('x'); }", ["return undefined", "return true"]),
        (
            "a.ts",
            "function f(x: A): B { return g(x); }",
            ["throw", "return undefined as any", "return true as any"],
        ),
        ("a.go", "package a\nfunc f() {\n\tg()\n}\n", ["panic", "return"]),
        ("a.go", "package a\nfunc f() int { return 0 }\n", ["panic", "return 1"]),
        (
            "a.go",
            "package a\nfunc f[T any](x T) (T, string, []int, error) { return x, g(), nil, nil }\n",
            ["panic", 'return *new(T), "", nil, nil', 'return *new(T), "rooftree", nil, nil'],
        ),
        ("a.go", "package a\nfunc f() (a, b bool) { g(); return }\n",
         ["panic", "return false, false", "return true, true"]),
        ("a.rs", "fn f(x: i64) -> i64 { x }\n", ["panic!", "return 0", "return 1"]),
        ("a.rs", "fn f() -> bool { true }\n", ["panic!", "return false"]),
        ("a.rs", "fn f<'a>(x: &'a str) -> &'a str { x }\n", ["panic!"]),
        ("a.rs", "fn f() { g() }\n", ["panic!", "return"]),
        ("a.rs", "fn f() -> Result<(), E> { g()?; Ok(()) }\n", ["panic!", "return Ok(())"]),
        ("a.rs", "fn f() -> Vec<u8> { g() }\n", ["panic!", "return Vec::new()"]),
    ],
)  # fmt: skip
def test_a_function_is_broken_in_each_way_that_changes_it(
    path: str, text: str, ways: list[str]
) -> None:
    found = taken_function(path, text, "f")
    assert found is not None
    assert hows(found, "f") == ways
    for one in found.mutants:
        assert first_error(path, one.text.encode()) is None, one.text
        assert one.text != text


def lines(path: str, before: str, after: str) -> dict[int, str]:
    """Return where a changed function is stopped, and how."""
    found = taken(path, before, after)
    for one in found.mutants:
        assert first_error(path, one.text.encode()) is None, one.text
    return {one.line: one.how for one in found.mutants if one.line}


def test_each_block_of_javascript_is_stopped_at_the_last_of_its_changed_lines() -> None:
    after = """function f(x) {
  // nothing to run
  const y = x.map((one) =>
    one + 1);
  if (!y)
    return 1;
  for (const z of y) {
    g(z);
    h(z);
  }
  switch (x) {
    case 1:
      g();
      break;
    default:
      throw new Error('no');
  }
  function later() {
    return 2;
  }
}
"""
    told = {4: "throw", 6: "throw", 9: "throw", 11: "throw", 14: "throw", 19: "throw"}
    assert lines("a.js", "", after) == {**told, 16: "return undefined"}
    before = after.replace("    h(z);\n", "")
    assert lines("a.js", before, after) == {9: "throw"}


def test_each_branch_of_go_is_stopped() -> None:
    after = """package a

func f(x int) (int, error) {
	if x > 1 {
		x++
	} else if y := g(); y > 1 {
		x--
	}
	select {
	case <-c:
		x = 2
	default:
		panic("no")
	}
	return x, nil
}
"""
    found = lines("a.go", "", after)
    told = dict.fromkeys((5, 6, 7, 11, 15), "panic")
    assert found == {**told, 13: "return 0, nil"}


def test_each_arm_of_rust_is_stopped() -> None:
    after = """fn f(x: Option<i64>) -> i64 {
    let y = match x {
        Some(z) if z > 1 => z + 1,
        None => {
            2
        }
        _ => 3,
    };
    let more = |a| a + y;
    if y > 1 {
        more(y)
    } else if y < 0 {
        0
    } else {
        1
    }
}
"""
    assert sorted(lines("a.rs", "", after)) == [3, 5, 7, 9, 10, 11, 12, 13, 15]


def test_windows_line_ends_and_a_mark_at_the_begin_move_nothing() -> None:
    after = "\ufefffunction f(x) {\r\n  const é = 'é';\r\n  return x;\r\n}\r\n"
    found = taken("a.js", "", after)
    stop = 'if (String(1)) throw new Error("broken on purpose");'
    assert found.mutants[0].text == f"function f(x) {{\n  const é = 'é';\n  {stop} return x;\n}}\n"


def test_a_plain_value_is_another_one() -> None:
    before = "const a = 1.5;\nconst b = 'x';\nconst c = true;\n"
    after = before.replace("1.5", "2.5").replace("'x'", "'y'").replace("true", "false")
    found = taken("a.js", before, after)
    assert [one.text.split("\n")[n] for n, one in enumerate(found.mutants)] == [
        "const a = 2.5 + 1;",
        'const b = "rooftree";',
        "const c = true;",
    ]


def test_each_literal_of_a_table_is_another_one() -> None:
    table = "const rates = {\n  DE: 0.19,\n  'FR': [-1, 'x'],\n};\n"
    found = taken("a.js", "", table)
    assert found.names == ("rates",)
    assert [one.text.split("\n")[1:3] for one in found.mutants] == [
        ["  DE: 0.19 + 1,", "  'FR': [-1, 'x'],"],
        ["  DE: 0.19,", "  'FR': [-1 + 1, 'x'],"],
        ["  DE: 0.19,", "  'FR': [-1, \"rooftree\"],"],
    ]
    assert taken("a.ts", "", "const a = { b: 1 } as const;\n").names == ("a",)


@pytest.mark.parametrize(
    "value", ["{}", "{ f() {} }", "{ a }", "[...b]", "new Map()", str(list(range(40)))]
)
def test_a_table_that_cannot_be_broken_piece_by_piece_is_no_value(value: str) -> None:
    with pytest.raises(NotTakenApartError, match="no function and no plain value"):
        taken("a.js", "", f"const a = {value};\n")


def test_tests_that_stand_in_a_file_of_rust_are_put_back_as_they_were() -> None:
    after = RUST.replace("Some(x)", "Some(x + 1)").replace(
        "Some(1)); }", "Some(2)); }\n    #[test]\n    fn b() {}"
    )
    was = RUST.replace("Some(x)", "Some(x + 1)")
    assert with_old_tests("a.rs", RUST, after) == was
    without = RUST.partition("#[cfg(test)]")[0]
    assert with_old_tests("a.rs", without, RUST) == without + "\n"
    with pytest.raises(NotTakenApartError, match="it removes test tests"):
        with_old_tests("a.rs", RUST, without)


def test_a_file_in_no_such_language_is_refused_by_its_name() -> None:
    assert not can_take("a.yaml")
    with pytest.raises(NotTakenApartError, match=r"a\.yaml is in no language whose functions"):
        taken("a.yaml", "", "a: 1\n")


def test_ten_thousand_levels_are_taken_apart_or_refused() -> None:
    deep = "function f(x) {" + "if (x) {" * 10_000 + "}" * 10_000 + "}\n"
    try:
        found = taken("a.js", "function f(x) {}\n", deep)
    except NotTakenApartError:
        return
    assert found.names == ("f",)
