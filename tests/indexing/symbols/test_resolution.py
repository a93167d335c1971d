"""What a name refers to: one definition where that is certain, and nothing claimed where not."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from indexing.store.manifest import Manifest
from indexing.symbols.resolution.program import Program
from indexing.symbols.resolution.resolver import ReferenceRow, Resolver
from tests.support import config_in, git_repository, indexed


def meanings(tmp_path: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return for each use, `path:line name`, what it means: `path:qualified`, outside or ?."""
    repository = indexed(git_repository(tmp_path, files), config_in(tmp_path))
    with repository.manifest() as manifest:
        generation = manifest.current(str(repository.worktree.root))
        assert generation is not None
        resolver = Resolver(Program(manifest.database, generation))
        return {
            f"{resolver.program.paths[use.document]}:{use.line} {use.name}": said(resolver, use)
            for use in every_use(manifest)
        }


def every_use(manifest: Manifest) -> list[ReferenceRow]:
    rows = manifest.database.execute(
        "SELECT document, name, kind, line, within, receiver FROM reference"
    )
    return [ReferenceRow(*row) for row in rows]


def said(resolver: Resolver, use: ReferenceRow) -> str:
    found = resolver.resolve(use)
    if found.definition is None:
        return "outside" if found.outside else "?"
    return f"{resolver.program.paths[found.definition.document]}:{found.definition.qualified}"


PYTHON = {
    "shop/__init__.py": "from .cart import Cart as Basket\n",
    "shop/cart.py": (
        "import json\n"
        "from . import money\n"
        "class Base:\n"
        "    def total(self): pass\n"
        "class Cart(Base):\n"
        "    def add(self, price):\n"
        "        self.total()\n"
        "        money.rounded(price)\n"
        "        json.dumps(price)\n"
        "        price.total()\n"
        "        super().total()\n"
        "        print(price)\n"
    ),
    "shop/money.py": "def rounded(x): pass\ndef add(x): pass\n",
    "main.py": (
        "import shop.money as m\n"
        "from shop import Basket\n"
        "def run(rounded, cart: Basket):\n"
        "    m.rounded(1)\n"
        "    rounded(2)\n"
        "    basket = Basket()\n"
        "    basket.add(3)\n"
        "    cart.total()\n"
        "    run(4, 5)\n"
    ),
}


def test_python_is_resolved_by_scope_import_and_type(tmp_path: Path) -> None:
    found = meanings(tmp_path, PYTHON)
    assert found["shop/cart.py:7 total"] == "shop/cart.py:Base.total"
    assert found["shop/cart.py:8 rounded"] == "shop/money.py:rounded"
    assert found["shop/cart.py:9 dumps"] == "outside"
    assert found["shop/cart.py:11 total"] == "shop/cart.py:Base.total"
    assert found["shop/cart.py:12 print"] == "outside"
    assert found["main.py:4 rounded"] == "shop/money.py:rounded"
    assert found["main.py:6 Basket"] == "shop/cart.py:Cart"
    assert found["main.py:7 add"] == "shop/cart.py:Cart.add"
    assert found["main.py:8 total"] == "shop/cart.py:Base.total"
    assert found["main.py:9 run"] == "main.py:run"
    assert found["main.py:2 Basket"] == "shop/cart.py:Cart"


def test_a_parameter_hides_a_function_and_its_attributes_are_not_guessed(tmp_path: Path) -> None:
    found = meanings(tmp_path, PYTHON)
    assert found["main.py:5 rounded"] == "?"
    assert found["shop/cart.py:10 total"] == "?"


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("try:\n    from a import f\nexcept ImportError:\n    from b import f", "f"),
        ("from a import f\nf = None", "f"),
        ("from unseen.somewhere import *", "f"),
        ("from a import *\nfrom b import *\nfor f in (): pass", "f"),
        ("def outer():\n    def f(): pass", "f"),
        ("class C:\n    def f(self): pass", "f"),
    ],
)
def test_what_depends_on_what_runs_is_not_resolved(tmp_path: Path, first: str, name: str) -> None:
    files = {
        "a.py": "def f(): pass\n",
        "b.py": "def f(): pass\n",
        "use.py": f"{first}\ndef last():\n    {name}()\n",
    }
    line = first.count("\n") + 3
    assert meanings(tmp_path, files)[f"use.py:{line} {name}"] == "?"


def test_a_base_that_is_not_seen_ends_the_search(tmp_path: Path) -> None:
    text = (
        "from elsewhere import Unseen\n"
        "class Known:\n"
        "    def go(self): pass\n"
        "class Both(Unseen, Known):\n"
        "    def own(self): pass\n"
        "    def run(self):\n"
        "        self.go()\n"
        "        self.own()\n"
    )
    found = meanings(tmp_path, {"a.py": text})
    assert found["a.py:7 go"] == "?"
    assert found["a.py:8 own"] == "a.py:Both.own"


def test_typescript_follows_imports_exports_and_workspace_packages(tmp_path: Path) -> None:
    files = {
        "packages/kit/package.json": '{"name": "@shop/kit"}',
        "packages/kit/src/index.ts": (
            "export { total as sum } from './sum'\nexport * from './all'\n"
        ),
        "packages/kit/src/sum.ts": "export function total(): void {}\n",
        "packages/kit/src/all.ts": (
            "export class Cart {\n  private store: Store\n  add(): void { this.check(); "
            "this.store.put() }\n  check(): void {}\n}\n"
            "export class Store {\n  put(): void {}\n}\n"
        ),
        "app/main.ts": (
            "import { sum, Cart } from '@shop/kit'\n"
            "import * as kit from '@shop/kit'\n"
            "import make from './make.js'\n"
            "import { readFile } from 'fs'\n"
            "export function run(check: () => void): void {\n"
            "  sum()\n"
            "  const cart = new Cart()\n"
            "  cart.add()\n"
            "  kit.sum()\n"
            "  make()\n"
            "  check()\n"
            "  readFile()\n"
            "}\n"
        ),
        "app/make.ts": "export default function create(): void {}\n",
    }
    found = meanings(tmp_path, files)
    assert found["app/main.ts:6 sum"] == "packages/kit/src/sum.ts:total"
    assert found["app/main.ts:8 add"] == "packages/kit/src/all.ts:Cart.add"
    assert found["app/main.ts:9 sum"] == "packages/kit/src/sum.ts:total"
    assert found["app/main.ts:10 make"] == "app/make.ts:create"
    assert found["app/main.ts:11 check"] == "?"
    assert found["app/main.ts:12 readFile"] == "outside"
    assert found["packages/kit/src/all.ts:3 check"] == "packages/kit/src/all.ts:Cart.check"
    assert found["packages/kit/src/all.ts:3 put"] == "packages/kit/src/all.ts:Store.put"


def test_a_property_is_no_variable_of_its_name(tmp_path: Path) -> None:
    text = (
        "var app = exports = module.exports = {}\napp.use = function use() {}\nuse()\napp.use()\n"
    )
    found = meanings(tmp_path, {"a.js": text})
    assert found["a.js:3 use"] == "?"


def test_go_knows_packages_methods_and_embedded_types(tmp_path: Path) -> None:
    files = {
        "go.mod": "module example.test/shop\n",
        "cart/cart.go": (
            "package cart\ntype Base struct{}\nfunc (b *Base) Total() int { return 0 }\n"
            "type Cart struct {\n\tBase\n\tlog *Log\n}\n"
            "func New() (*Cart, error) { return &Cart{}, nil }\n"
        ),
        "cart/log.go": (
            "package cart\ntype Log struct{}\nfunc (l *Log) Put() {}\n"
            "func (c *Cart) Add() {\n\tc.Total()\n\tc.log.Put()\n\tlen(nil)\n}\n"
        ),
        "main.go": (
            'package main\nimport (\n\t"fmt"\n\t"example.test/shop/cart"\n)\n'
            "func main() {\n\tc, _ := cart.New()\n\tc.Add()\n\tfmt.Println(c)\n"
            "\tvar x interface{}\n\tx.Add()\n}\n"
        ),
    }
    found = meanings(tmp_path, files)
    assert found["cart/log.go:5 Total"] == "cart/cart.go:Base.Total"
    assert found["cart/log.go:6 Put"] == "cart/log.go:Log.Put"
    assert found["cart/log.go:7 len"] == "outside"
    assert found["main.go:7 New"] == "cart/cart.go:New"
    assert found["main.go:8 Add"] == "cart/log.go:Cart.Add"
    assert found["main.go:9 Println"] == "outside"
    assert found["main.go:11 Add"] == "?"


def test_java_knows_packages_imports_and_what_a_class_inherits(tmp_path: Path) -> None:
    files = {
        "src/a/Base.java": "package a;\npublic class Base { void total() {} }\n",
        "src/a/Cart.java": (
            "package a;\nimport b.Money;\nimport java.util.List;\n"
            "public class Cart extends Base {\n"
            "  private Money money;\n"
            "  void add(Money other, List<String> l) {\n"
            "    total();\n    money.round();\n    other.round();\n    l.total();\n"
            "    new Runnable() { public void run() { total(); } };\n  }\n}\n"
        ),
        "src/b/Money.java": "package b;\npublic class Money { public void round() {} }\n",
    }
    found = meanings(tmp_path, files)
    assert found["src/a/Cart.java:7 total"] == "src/a/Base.java:Base.total"
    assert found["src/a/Cart.java:8 round"] == "src/b/Money.java:Money.round"
    assert found["src/a/Cart.java:9 round"] == "src/b/Money.java:Money.round"
    assert found["src/a/Cart.java:10 total"] == "?"
    assert found["src/a/Cart.java:11 total"] == "?"
    assert found["src/a/Cart.java:2 Money"] == "src/b/Money.java:Money"


def test_a_language_without_rules_is_never_resolved(tmp_path: Path) -> None:
    found = meanings(tmp_path, {"a.rb": "def total\nend\ndef run\n  total()\nend\n"})
    assert set(found.values()) == {"?"}


def test_imports_that_go_round_in_circles_end(tmp_path: Path) -> None:
    files = {
        "a.py": (
            "from b import f\nfrom b import *\nf()\nclass A(B): pass\nclass B(A): pass\nA.go()\n"
        ),
        "b.py": "from a import f\nfrom a import *\n",
    }
    assert set(meanings(tmp_path, files).values()) <= {"?", "outside", "a.py:A", "a.py:B"}


def test_of_two_stars_that_have_a_name_none_is_told(tmp_path: Path) -> None:
    """The last one wins, unless its `__all__` holds the name back."""
    files = {
        "one.py": "def f(): pass\ndef g(): pass\n",
        "two.py": "def f(): pass\n",
        "use.py": "from one import *\nfrom two import *\nf()\ng()\n",
    }
    told = meanings(tmp_path, files)
    assert told["use.py:3 f"] == "?"
    assert told["use.py:4 g"] == "one.py:g"
