"""Dependencies that stand in lines of their own: go.mod, Gemfile and gemspecs, build.gradle."""

import re
from collections.abc import Iterator

from tools.upgrading.manifests.names import same_name
from tools.upgrading.request import Declaration

_GO = re.compile(r"\s*+(?:require\s++)?(?P<name>[\w.~/-]++)\s++(?P<version>v\d[\w.+-]*+)(?=\s|$)")
_GO_REPLACED = re.compile(r"\s*+(?:replace\s++)?(?P<name>[\w.~/-]++)(?:\s++v\S++)?\s++=>")
_GEM = re.compile(
    r"\s*+(?:gem|\w++\.add_(?:development_|runtime_)?dependency)[\s(]++"
    r"(?P<quote>['\"])(?P<name>[\w.-]++)(?P=quote)(?P<rest>[^\n]*+)"
)
_GEM_VERSION = re.compile(
    r"\s*+,\s*+(?P<quote>['\"])(?P<version>[^'\"\n]*+)(?P=quote)(?P<rest>[^\n]*+)"
)
_GEM_MORE = re.compile(r"\s*+,\s*+['\"]")
_GEM_ELSEWHERE = re.compile(r"\b(?:git|github|path|gitlab)(?::|\s*+=>)")
_GRADLE = re.compile(
    r"(?P<quote>['\"])(?P<name>[\w.-]++:[\w.-]++):(?P<version>[^'\":@\n]++)(?P=quote)"
)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with where each begins."""
    offset = 0
    for line in text.split("\n"):
        yield offset, line
        offset += len(line) + 1


def in_go_mod(path: str, text: str, name: str) -> Iterator[Declaration]:
    del path
    replaced = {found["name"] for _, line in _lines(text) if (found := _GO_REPLACED.match(line))}
    for offset, line in _lines(text):
        found = _GO.match(line)
        if found is None or "=>" in line or not same_name("Go", found["name"], name):
            continue
        problem = "a replace directive names it too" if found["name"] in replaced else ""
        yield Declaration(
            found["name"], found["version"], offset + found.start("version"), problem=problem
        )


def in_gemfile(path: str, text: str, name: str) -> Iterator[Declaration]:
    del path
    for offset, line in _lines(text):
        found = _GEM.match(line)
        if found is None or not same_name("Ruby", found["name"], name):
            continue
        version = _GEM_VERSION.match(found["rest"])
        if _GEM_ELSEWHERE.search(found["rest"]):
            yield Declaration(found["name"], "", problem="it is taken from elsewhere")
        elif version is None:
            yield Declaration(found["name"], "")
        elif _GEM_MORE.match(version["rest"]):
            yield Declaration(found["name"], "", problem="it has several requirements")
        else:
            start = offset + found.start("rest") + version.start("version")
            yield Declaration(found["name"], version["version"], start)


def in_gradle(path: str, text: str, name: str) -> Iterator[Declaration]:
    del path
    for offset, line in _lines(text):
        if line.lstrip().startswith(("//", "*", "/*")):
            continue
        for found in _GRADLE.finditer(line):
            if same_name("Java", found["name"], name):
                fixed = "$" not in found["version"]
                problem = "" if fixed else "its version stands elsewhere"
                start = offset + found.start("version")
                yield Declaration(found["name"], found["version"], start, problem=problem)
