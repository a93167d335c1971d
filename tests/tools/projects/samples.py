"""A tiny project in each language: `total` is one too many, and one of its two tests sees that.

What mends it is one word, and what the tests are called is written beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A project, and what is expected of it."""

    files: Files
    operation: str
    """What runs its tests."""
    source: str
    wrong: str
    right: str
    failing: str
    passing: str
    programs: tuple[str, ...]
    """What has to be installed on the machine."""
    packages: str = ""
    """Of Debian's, that have them."""
    by_file: bool = False
    """Whether its runner is given files alone, and runs the other test as well."""
    module: str = ""
    """Of npm's, that `make toolchains` installs."""

    @property
    def mended(self) -> str:
        return self.files[self.source].replace(self.wrong, self.right)


SCRIPT = "export const total = (prices) => prices.reduce((sum, one) => sum + one, 1);\n"
SCRIPT_TEST = """\
import test from 'node:test';
import assert from 'node:assert';
import { total } from '../src/cart.mjs';

test('adds', () => assert.equal(total([1, 2]), 3));
test('is a number', () => assert.equal(typeof total([]), 'number'));
"""
GO = """\
package shop

func Total(prices ...int) int {
	sum := 1
	for _, one := range prices {
		sum += one
	}
	return sum
}
"""
GO_TEST = """\
package shop

import "testing"

func TestAdds(t *testing.T) {
	if Total(1, 2) != 3 {
		t.Error("wrong")
	}
}

func TestGrows(t *testing.T) {
	if Total(1, 2) < Total(1) {
		t.Error("wrong")
	}
}
"""
RUST = """\
pub fn total(prices: &[i32]) -> i32 {
    prices.iter().sum::<i32>() + 1
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn adds() {
        assert_eq!(total(&[1, 2]), 3);
    }

    #[test]
    fn grows() {
        assert!(total(&[1, 2]) > total(&[1]));
    }
}
"""
POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>shop</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>junit</groupId><artifactId>junit</artifactId><version>4.x</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
"""
JAVA = """\
package shop;

public class Cart {
    public static int total(int... prices) {
        int sum = 1;
        for (int one : prices) sum += one;
        return sum;
    }
}
"""
JAVA_TEST = """\
package shop;

import static org.junit.Assert.*;
import org.junit.Test;

public class CartTest {
    @Test public void adds() { assertEquals(3, Cart.total(1, 2)); }
    @Test public void grows() { assertTrue(Cart.total(1, 2) > Cart.total(1)); }
}
"""
C = "int total(int one, int two) { return one + two + 1; }\n"
C_TEST = """\
#include <string.h>
int total(int one, int two);

int main(int count, char **words) {
    if (count > 1 && !strcmp(words[1], "adds")) return total(1, 2) == 3 ? 0 : 1;
    return total(1, 2) > total(0, 1) ? 0 : 1;
}
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.10)
project(shop C)
enable_testing()
add_executable(test_cart tests/test_cart.c src/cart.c)
add_test(NAME adds COMMAND test_cart adds)
add_test(NAME grows COMMAND test_cart grows)
"""
MESON = """\
project('shop', 'c')
cart = executable('test_cart', 'tests/test_cart.c', 'src/cart.c')
test('adds', cart, args: ['adds'])
test('grows', cart, args: ['grows'])
"""
RUBY = "def total(prices)\n  prices.sum + 1\nend\n"
RSPEC_TEST = """\
require_relative "../lib/cart"

RSpec.describe "total" do
  it("adds") { expect(total([1, 2])).to eq(3) }
  it("grows") { expect(total([1, 2])).to be > total([1]) }
end
"""
MINITEST_TEST = """\
require "minitest/autorun"
require_relative "../lib/cart"

class CartTest < Minitest::Test
  def test_adds
    assert_equal 3, total([1, 2])
  end

  def test_grows
    assert_operator total([1, 2]), :>, total([1])
  end
end
"""
PHP = "<?php\nfunction total(array $prices): int\n{\n    return array_sum($prices) + 1;\n}\n"
PHP_TEST = """\
<?php
require_once __DIR__ . '/../src/cart.php';

final class CartTest extends PHPUnit\\Framework\\TestCase
{
    public function testAdds(): void
    {
        $this->assertSame(3, total([1, 2]));
    }

    public function testGrows(): void
    {
        $this->assertGreaterThan(total([1]), total([1, 2]));
    }
}
"""
MIX = """\
defmodule Shop.MixProject do
  use Mix.Project
  def project, do: [app: :shop, version: "0.1.0"]
end
"""
ELIXIR = "defmodule Cart do\n  def total(prices), do: Enum.sum(prices) + 1\nend\n"
ELIXIR_TEST = """\
defmodule CartTest do
  use ExUnit.Case

  test "adds" do
    assert Cart.total([1, 2]) == 3
  end

  test "grows" do
    assert Cart.total([1, 2]) > Cart.total([1])
  end
end
"""
BUNDLED_JS = "exports.total = (prices) => prices.reduce((sum, one) => sum + one, 1);\n"
DESCRIBED = """\
const { total } = require('../src/cart');
const right = (fact) => {
  if (!fact) throw new Error('wrong');
};

describe('cart', () => {
  it('adds (1+2)', () => right(total([1, 2]) === 3));
  it('grows', () => right(total([1, 2]) > total([1])));
});
"""
IMPORTED = DESCRIBED.replace(
    "const { total } = require('../src/cart');",
    "import { describe, it } from 'vitest';\nimport { total } from '../src/cart.js';",
)


def of_npm(module: str, script: str, names: tuple[str, str], *, by_file: bool) -> Sample:
    """Return a sample that a runner of npm's tests."""
    is_module = module == "vitest"
    source = BUNDLED_JS.replace("exports.total", "export const total") if is_module else BUNDLED_JS
    kind = '"type": "module", ' if is_module else ""
    return Sample(
        {
            ".gitignore": "node_modules\n",
            "package.json": f'{{{kind}"scripts": {{"test": "{script}"}}}}\n',
            "src/cart.js": source,
            "test/cart.test.js": IMPORTED if is_module else DESCRIBED,
        },
        "npm test",
        "src/cart.js",
        "one, 1)",
        "one, 0)",
        f"test/cart.test.js::{names[0]}",
        f"test/cart.test.js::{names[1]}",
        ("node", "npm"),
        "nodejs",
        by_file=by_file,
        module=module,
    )


NESTED = ("cart > adds (1+2)", "cart > grows")
SAMPLES: Mapping[str, Sample] = {
    "jest": of_npm("jest", "jest", NESTED, by_file=True),
    "vitest": of_npm("vitest", "vitest", NESTED, by_file=True),
    "mocha": of_npm("mocha", "mocha test", ("cart adds (1+2)", "cart grows"), by_file=False),
    "javascript": Sample(
        {
            "package.json": '{"type": "module", "scripts": {"test": "node --test"}}\n',
            "src/cart.mjs": SCRIPT,
            "test/cart.test.mjs": SCRIPT_TEST,
        },
        "node --test",
        "src/cart.mjs",
        "one, 1)",
        "one, 0)",
        "test/cart.test.mjs::adds",
        "test/cart.test.mjs::is a number",
        ("node",),
        "nodejs npm",
        by_file=True,
    ),
    "go": Sample(
        {"go.mod": "module example.com/shop\n\ngo 1.19\n", "cart.go": GO, "cart_test.go": GO_TEST},
        "go test",
        "cart.go",
        "sum := 1",
        "sum := 0",
        "cart_test.go::TestAdds",
        "cart_test.go::TestGrows",
        ("go",),
        "golang-go",
    ),
    "rust": Sample(
        {
            "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/lib.rs": RUST,
        },
        "cargo test",
        "src/lib.rs",
        " + 1\n",
        "\n",
        "src/lib.rs::tests::adds",
        "src/lib.rs::tests::grows",
        ("cargo",),
        "cargo",
    ),
    "java": Sample(
        {
            "pom.xml": POM,
            "src/main/java/shop/Cart.java": JAVA,
            "src/test/java/shop/CartTest.java": JAVA_TEST,
        },
        "maven test",
        "src/main/java/shop/Cart.java",
        "sum = 1",
        "sum = 0",
        "src/test/java/shop/CartTest.java::adds",
        "src/test/java/shop/CartTest.java::grows",
        ("mvn", "javac"),
        "default-jdk-headless maven maven-debian-helper libmaven-compiler-plugin-java "
        "libsurefire-java junit4",
    ),
    "cmake": Sample(
        {"CMakeLists.txt": CMAKE, "src/cart.c": C, "tests/test_cart.c": C_TEST},
        "ctest",
        "src/cart.c",
        " + 1;",
        ";",
        "adds",
        "grows",
        ("cmake", "ctest", "cc"),
        "cmake gcc",
    ),
    "meson": Sample(
        {"meson.build": MESON, "src/cart.c": C, "tests/test_cart.c": C_TEST},
        "meson test",
        "src/cart.c",
        " + 1;",
        ";",
        "shop::adds",
        "shop::grows",
        ("meson", "ninja", "cc"),
        "meson ninja-build gcc",
    ),
    "rspec": Sample(
        {"lib/cart.rb": RUBY, "spec/cart_spec.rb": RSPEC_TEST},
        "rspec",
        "lib/cart.rb",
        " + 1",
        "",
        "spec/cart_spec.rb::total adds",
        "spec/cart_spec.rb::total grows",
        ("rspec",),
        "ruby ruby-rspec",
    ),
    "bundler": Sample(
        {
            "Gemfile": "source 'https://rubygems.org'\ngem 'rspec'\n",
            "lib/cart.rb": RUBY,
            "spec/cart_spec.rb": RSPEC_TEST,
        },
        "bundle exec rspec",
        "lib/cart.rb",
        " + 1",
        "",
        "spec/cart_spec.rb::total adds",
        "spec/cart_spec.rb::total grows",
        ("rspec", "bundle"),
        "ruby ruby-rspec bundler",
    ),
    "minitest": Sample(
        {"Rakefile": "", "lib/cart.rb": RUBY, "test/cart_test.rb": MINITEST_TEST},
        "minitest",
        "lib/cart.rb",
        " + 1",
        "",
        "test/cart_test.rb::CartTest#test_adds",
        "test/cart_test.rb::CartTest#test_grows",
        ("ruby",),
        "ruby ruby-minitest",
    ),
    "php": Sample(
        {"src/cart.php": PHP, "tests/CartTest.php": PHP_TEST},
        "phpunit",
        "src/cart.php",
        " + 1",
        "",
        "tests/CartTest.php::testAdds",
        "tests/CartTest.php::testGrows",
        ("php", "phpunit"),
        "php-cli phpunit",
    ),
    "elixir": Sample(
        {
            "mix.exs": MIX,
            ".formatter.exs": '[inputs: ["{lib,test}/**/*.{ex,exs}"]]\n',
            "lib/cart.ex": ELIXIR,
            "test/test_helper.exs": "ExUnit.start()\n",
            "test/cart_test.exs": ELIXIR_TEST,
        },
        "mix test",
        "lib/cart.ex",
        " + 1",
        "",
        "test/cart_test.exs::test adds",
        "test/cart_test.exs::test grows",
        ("elixir", "mix"),
        "elixir",
    ),
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """A project that names a package which is nowhere, and what is said of it."""

    files: Files
    operation: str
    programs: tuple[str, ...]
    said: str


LACKING: Mapping[str, Lacking] = {
    "npm": Lacking(
        {
            "web/package.json": '{"scripts": {"test": "node --test"}}',
            "web/a.test.js": "require('left-pad');\n",
        },
        "npm test (web)",
        ("node", "npm"),
        "left-pad is not installed: run `npm ci` in web/",
    ),
    "go": Lacking(
        {
            "go.mod": "module example.com/shop\n\ngo 1.19\n",
            "a_test.go": 'package shop\n\nimport _ "example.com/dep"\n',
        },
        "go test",
        ("go",),
        "example.com/dep is not installed: run `go mod download` in the repository",
    ),
    "cargo": Lacking(
        {
            "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n'
            '\n[dependencies]\nnowhere-to-be-found = "1"\n',
            "src/lib.rs": "",
        },
        "cargo test",
        ("cargo",),
        "nowhere-to-be-found is not installed: run `cargo fetch` in the repository",
    ),
    "maven": Lacking(
        {
            "pom.xml": POM.replace("<version>4.x", "<version>0.0.9"),
            "src/test/java/shop/CartTest.java": JAVA_TEST,
        },
        "maven test",
        ("mvn", "javac"),
        "junit:junit:jar:0.0.9 is not installed: run `mvn dependency:go-offline` in the repository",
    ),
    "bundler": Lacking(
        {"Gemfile": "source 'https://rubygems.org'\ngem 'left_pad'\n", "spec/a_spec.rb": ""},
        "bundle exec rspec",
        ("bundle",),
        "left_pad is not installed: run `bundle install` in the repository",
    ),
    "ruby": Lacking(
        {"Rakefile": "", "test/a_test.rb": "require 'left_pad'\n"},
        "minitest",
        ("ruby",),
        "left_pad is not installed: run `bundle install` in the repository",
    ),
    "php": Lacking(
        {"phpunit.xml": "<phpunit bootstrap='vendor/autoload.php'/>", "tests/ATest.php": "<?php\n"},
        "phpunit",
        ("php", "phpunit"),
        "vendor/autoload.php is not installed: run `composer install` in the repository",
    ),
    "elixir": Lacking(
        {
            "mix.exs": MIX.replace('"0.1.0"', '"0.1.0", deps: [{:left_pad, "~> 1.0"}]'),
            "test/test_helper.exs": "ExUnit.start()\n",
        },
        "mix test",
        ("elixir", "mix"),
        "left_pad is not installed: run `mix deps.get` in the repository",
    ),
}
