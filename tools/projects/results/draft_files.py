"""The files of a draft below a folder, looked into for the names that tests are told by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tools.drafts.draft import Draft
from tools.projects.test_file_names import is_test_file

SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
MAX_BYTES = 4 << 20
"""Of test files that are looked through for names."""
_MODULE = re.compile(r"^module[^\S\n]++\"?([^\s\"]++)", re.MULTILINE)
_GO_TEST = re.compile(r"^func (\w++)\(", re.MULTILINE)
_PACKAGE = re.compile(r"^name\s*=\s*\"([\w-]++)\"", re.MULTILINE)
_WORDS = re.compile(r"\w++")


@dataclass(frozen=True)
class DraftFiles:
    """The files of a draft below the folder that a command ran in."""

    draft: Draft
    folder: str
    _words: dict[tuple[str, ...], Mapping[str, frozenset[str]]] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        changed = self.draft.changes
        there = {*self.draft.snapshot.files, *changed} - {
            path for path, data in changed.items() if data is None
        }
        inside = f"{self.folder}/" if self.folder else ""
        return tuple(sorted(one for one in there if one.startswith(inside)))

    def at(self, path: str) -> str:
        """Return the path of a file, from the root, that is told from the folder."""
        return f"{self.folder}/{path}".lstrip("/")

    def text(self, path: str) -> str:
        return (self.draft.content(path) or b"").decode("utf-8", "replace")

    @cached_property
    def go_module(self) -> str:
        """The path that the folder's `go.mod` gives its packages."""
        found = _MODULE.search(self.text(self.at("go.mod")))
        return found[1] if found is not None else ""

    @cached_property
    def go_tests(self) -> Mapping[tuple[str, str], str]:
        """The file of every Go test, by folder and name."""
        return {
            (path.rpartition("/")[0], name): path
            for path in self.names
            if path.endswith("_test.go")
            for name in _GO_TEST.findall(self.text(path))
        }

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """The names of Rust's packages, by their manifests."""
        manifests = (one for one in self.names if one.rpartition("/")[2] == "Cargo.toml")
        found = ((one, _PACKAGE.search(self.text(one))) for one in manifests)
        return {one: match[1] for one, match in found if match is not None}

    @cached_property
    def scripts(self) -> Mapping[str, str]:
        """The texts of the tests in JavaScript, as many as are looked through."""
        return self.tests(SCRIPTS)

    def tests(self, suffixes: tuple[str, ...]) -> Mapping[str, str]:
        """Return the texts of tests of a language, as many as are looked through."""
        left, found = MAX_BYTES, {}
        for path in self.names:
            if path.endswith(suffixes) and is_test_file(path):
                text = self.text(path)
                left -= len(text)
                if left > 0:
                    found[path] = text
        return found

    def words(self, suffixes: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
        """Return the words of each test file of a language; they are read once."""
        if suffixes not in self._words:
            texts = self.tests(suffixes)
            self._words[suffixes] = {
                path: frozenset(_WORDS.findall(text)) for path, text in texts.items()
            }
        return self._words[suffixes]
