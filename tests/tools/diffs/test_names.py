"""Look-alike names are found where a grammar says that they are names, in each language."""

import pytest

from indexing.parsing.syntax.misleading_names import deceptive_names

CODE = {
    "a.py": "def f():\n    аdmin = 1\n",
    "a.js": "let b\nx.аdmin = b\n",
    "a.ts": "let b\nlet c: аdmin<string>\n",
    "a.go": "package a\nfunc аdmin() {}\n",
    "a.rs": "use b;\nfn аdmin() {}\n",
    "a.java": "class A {\nint аdmin; }\n",
    "a.c": "int b;\nint аdmin;\n",
    "a.cpp": "int b;\nclass аdmin {};\n",
    "a.cs": "class A {\nint аdmin; }\n",
    "a.rb": "b = 1\nаdmin = 1\n",
    "a.php": "<?php\n$аdmin = 1;\n",
    "a.kt": "val b = 1\nval аdmin = 1\n",
    "a.scala": "val b = 1\nval аdmin = 1\n",
    "a.swift": "let b = 1\nlet аdmin = 1\n",
    "a.sh": "b=1\nаdmin=1\n",
    "a.lua": "local b\nlocal аdmin\n",
    "a.hs": "b = 1\nаdmin = 1\n",
    "a.ex": "b = 1\nаdmin = 1\n",
}


@pytest.mark.parametrize(("path", "text"), CODE.items(), ids=CODE)
def test_a_mixed_name_is_found_on_its_line(path: str, text: str) -> None:
    (found,) = deceptive_names(path, text)
    assert (found.line, found.name) == (2, "аdmin")
    assert str(found) == "`аdmin` mixes letters of Cyrillic and Latin (U+0430)"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.md", "pаypal\n"),
        ("a.json", '{"pаypal": 1}\n'),
        ("notes", "pаypal\n"),
        ("a.py", "# pаypal\nx = 'pаypal'\n'''сору'''\ncopy = f'сору'\n"),
        ("a.js", "// pаypal\nx = `pаypal`; /pаypal/\n"),
    ],
)
def test_prose_comments_and_strings_hold_no_names(path: str, text: str) -> None:
    assert deceptive_names(path, text) == ()


def test_a_name_is_told_once_a_line_and_on_each_line() -> None:
    found = deceptive_names("a.py", "copy = 1\nсору = сору(сору)\nf'{сору}'\n")
    assert [(one.line, one.name) for one in found] == [(2, "сору"), (3, "сору")]


def test_deep_nesting_is_no_reason_to_fail() -> None:
    (found,) = deceptive_names("a.js", "(" * 5000 + "аb" + ")" * 5000)
    assert found.name == "аb"
