"""Projects in JavaScript, Go and Rust with one package each, made of Debian's own.

Each comes with a bug that one of its tests sees. The packages lie where their tools keep them: a
`node_modules`, a cache of modules and a registry of crates, all made without a network.
"""

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.support import commit_all, git, git_repository

Files = dict[str, str | bytes]
MS = Path("/usr/share/nodejs/ms")
ERRORS = Path("/usr/share/gocode/src/github.com/pkg/errors")
ITOA = Path("/usr/share/cargo/registry/itoa-1.0.1")


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """A project, where its bug is, and what it takes to run its tests."""

    name: str
    files: Files
    source: str
    """The file with the bug: `-=` where `+=` has to be."""
    test: str
    definition: str
    language: str
    needs: tuple[str, ...]
    package: Path
    install: str

    def lacks(self) -> str:
        """Return why its tests cannot be run here; "" where they can."""
        missing = [one for one in self.needs if shutil.which(one) is None]
        return f"{', '.join(missing)} or {self.package} is missing: apt install {self.install}" * (
            bool(missing) or not self.package.is_dir()
        )

    def edited(self, operator: str) -> str:
        """Return a model's answer that writes the definition with this operator."""
        return f"```{self.language}\n{self.definition.replace('-=', operator)}\n```"


JAVASCRIPT = """export function total(prices) {
  let result = 0;
  for (const price of prices) {
    result -= price;
  }
  return result;
}"""
GO = """func Total(prices []int) int {
	result := 0
	for _, price := range prices {
		result -= price
	}
	return result
}"""
RUST = """pub fn total(prices: &[i64]) -> i64 {
    let mut result = 0;
    for price in prices {
        result -= price;
    }
    result
}"""
ECOSYSTEMS = (
    Ecosystem(
        "node",
        {
            ".gitignore": "node_modules\n",
            "package.json": '{"type": "module", "scripts": {"test": "node --test"}}',
            "src/cart.js": f"import ms from 'ms';\n\n{JAVASCRIPT}\n\n"
            "export function wait(text) {\n  return ms(text);\n}\n",
            "test/cart.test.js": "import test from 'node:test';\n"
            "import assert from 'node:assert/strict';\n"
            "import { total, wait } from '../src/cart.js';\n\n"
            "test('total adds up', () => {\n  assert.equal(total([1, 2]), 3);\n});\n\n"
            "test('wait reads words', () => {\n  assert.equal(wait('1s'), 1000);\n});\n",
        },
        "src/cart.js",
        "test/cart.test.js::total adds up",
        JAVASCRIPT,
        "javascript",
        ("node",),
        MS,
        "nodejs npm node-ms",
    ),
    Ecosystem(
        "go",
        {
            "go.mod": "module example.com/shop\n\ngo 1.19\n\n"
            "require github.com/pkg/errors v0.9.1\n",
            "cart.go": 'package shop\n\nimport "github.com/pkg/errors"\n\n'
            f"// Total adds up.\n{GO}\n\n"
            "// First returns the first price.\nfunc First(prices []int) (int, error) {\n"
            '\tif len(prices) == 0 {\n\t\treturn 0, errors.New("no prices")\n\t}\n'
            "\treturn prices[0], nil\n}\n",
            "cart_test.go": 'package shop\n\nimport "testing"\n\nfunc TestTotal(t *testing.T) {\n'
            '\tif got := Total([]int{1, 2}); got != 3 {\n\t\tt.Fatalf("got %d", got)\n\t}\n}\n\n'
            "func TestFirst(t *testing.T) {\n\tif _, err := First(nil); err == nil {\n"
            '\t\tt.Fatal("no error")\n\t}\n}\n',
        },
        "cart.go",
        "cart_test.go::TestTotal",
        GO,
        "go",
        ("go",),
        ERRORS,
        "golang-go golang-github-pkg-errors-dev",
    ),
    Ecosystem(
        "rust",
        {
            ".gitignore": "target\n",
            "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n\n'
            '[dependencies]\nitoa = "1"\n',
            "src/lib.rs": f"//! Carts.\n\n/// Add up prices.\n{RUST}\n\n/// Write a price.\n"
            "pub fn written(price: i64) -> String {\n"
            "    itoa::Buffer::new().format(price).to_owned()\n}\n\n#[cfg(test)]\nmod tests {\n"
            "    use super::*;\n\n    #[test]\n    fn total_adds_up() {\n"
            "        assert_eq!(total(&[1, 2]), 3);\n    }\n\n    #[test]\n"
            '    fn written_is_text() {\n        assert_eq!(written(7), "7");\n    }\n}\n',
        },
        "src/lib.rs",
        "src/lib.rs::tests::total_adds_up",
        RUST,
        "rust",
        ("cargo", "cc"),
        ITOA,
        "cargo librust-itoa-dev",
    ),
)


def made(one: Ecosystem, folder: Path, home: Path, *, mended: bool = False) -> Path:
    """Make a project with its package installed in a home; mended, it has no bug."""
    files = dict(one.files)
    if mended:
        files[one.source] = str(files[one.source]).replace("-=", "+=")
    root = git_repository(folder, files, one.name)
    {"node": _node, "go": _go, "rust": _rust}[one.name](root, folder, home)
    git(root, "add", ".")
    commit_all(root)
    return root


def _node(root: Path, folder: Path, home: Path) -> None:
    shutil.copytree(MS, root / "node_modules/ms")


def _go(root: Path, folder: Path, home: Path) -> None:
    """Fill a module cache from a proxy that is a folder."""
    proxy = folder / "proxy/github.com/pkg/errors/@v"
    proxy.mkdir(parents=True)
    module = "module github.com/pkg/errors\n"
    (proxy / "list").write_text("v0.9.1\n")
    (proxy / "v0.9.1.info").write_text('{"Version": "v0.9.1", "Time": "2020-01-14T19:47:44Z"}')
    (proxy / "v0.9.1.mod").write_text(module)
    with zipfile.ZipFile(proxy / "v0.9.1.zip", "w") as archive:
        archive.writestr("github.com/pkg/errors@v0.9.1/go.mod", module)
        for source in sorted(ERRORS.glob("*.go")):
            archive.write(source, f"github.com/pkg/errors@v0.9.1/{source.name}")
    told = {"GOPROXY": f"file://{folder}/proxy", "GOSUMDB": "off", "GOFLAGS": "-mod=mod"}
    # Read-only folders of a cache would stay behind in the folder of the test.
    told |= {"GOMODCACHE": str(home / "go/pkg/mod"), "GOCACHE": str(folder / "build")}
    _run(root, {**told, "GOFLAGS": "-mod=mod -modcacherw"}, "go", "mod", "tidy")


def _rust(root: Path, folder: Path, home: Path) -> None:
    """Fill a registry from an index that is a git repository, and a crate made of the sources."""
    crate = folder / "crates/itoa-1.0.1"
    shutil.copytree(ITOA, crate, ignore=shutil.ignore_patterns(".cargo-checksum.json", "benches"))
    archive = folder / "crates/itoa-1.0.1.crate"
    _run(folder / "crates", {}, "tar", "czf", str(archive), crate.name)
    about = {
        "name": "itoa",
        "vers": "1.0.1",
        "deps": [],
        "features": {},
        "yanked": False,
        "cksum": sha256(archive.read_bytes()).hexdigest(),
    }
    dl = f"file://{folder}/crates/{{crate}}-{{version}}.crate"
    files: Files = {"config.json": json.dumps({"dl": dl}), "it/oa/itoa": json.dumps(about) + "\n"}
    index = git_repository(folder, files, "index")
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "made"\n\n[source.made]\nregistry = "file://{index}"\n'
    )
    _run(root, {"CARGO_HOME": str(home / ".cargo")}, "cargo", "fetch")


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=True, capture_output=True
    )
