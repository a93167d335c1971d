"""Which language a file is in, and when its grammar is loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tree_sitter import Parser

from indexing.parsing.syntax.languages import (
    LANGUAGES,
    grammar_of,
    language_of,
    language_of_text,
    query_of,
)

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "first_line", "name"),
    [
        ("a/b/queue.py", "", "python"),
        ("stubs/queue.pyi", "", "python"),
        ("queue.MJS", "", "javascript"),
        ("panel.jsx", "", "javascript"),
        ("panel.tsx", "", "tsx"),
        ("types.d.ts", "", "typescript"),
        ("queue.h", "", "c"),
        ("queue.h", "// -*- C++ -*-", "cpp"),
        ("queue.hpp", "", "cpp"),
        ("infra/main.tf", "", "hcl"),
        ("Dockerfile", "", "dockerfile"),
        ("build/Dockerfile.test", "", "dockerfile"),
        ("test.dockerfile", "", "dockerfile"),
        ("Gemfile", "", "ruby"),
        ("Cargo.lock", "", "toml"),
        ("bin/run", "#!/usr/bin/env python3.11", "python"),
        ("bin/run", "#!/usr/bin/env -S LANG=C bash -e", "bash"),
        ("bin/run", "#! /bin/sh", "bash"),
        ("bin/run", "#!/usr/local/bin/node --harmony", "javascript"),
        ("bin/run", "#!/usr/bin/env", None),
        ("bin/run", "no shebang", None),
        ("queue.xyz", "#!/bin/sh", None),
        ("Makefile", "", None),
        ("", "", None),
    ],
)
def test_name_extension_and_shebang_tell_the_language(
    path: str, first_line: str, name: str | None
) -> None:
    found = language_of(path, first_line)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#include <stdio.h>\nstruct job { int id; };\n", "c"),
        ("#pragma once\nnamespace work {\n}\n", "cpp"),
        ("#pragma once\nclass Queue : public Base {\n", "cpp"),
        ("/* the class of jobs */\nint size(void);\n", "c"),
        ("template <typename T> T get();\n", "cpp"),
    ],
)
def test_the_text_of_a_header_tells_cpp_from_c(text: str, name: str) -> None:
    found = language_of_text("queue.h", text)
    assert found is not None
    assert found.name == name


def test_a_shebang_after_a_byte_order_mark_counts() -> None:
    found = language_of_text("run", "\ufeff#!/bin/bash\necho\n")
    assert found is not None
    assert found.name == "bash"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_grammar_loads_and_its_query_fits_it(language: object) -> None:
    """Warnings are errors here, so the one grammar that hands out an address is wrapped."""
    found = next(known for known in LANGUAGES if known is language)
    assert Parser(grammar_of(found)).parse(b"").root_node.end_byte == 0
    assert query_of(found).pattern_count > 0


def test_importing_the_table_imports_no_grammar() -> None:
    program = (
        "import sys, json\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import indexing.parsing.extract, indexing.parsing.syntax.languages\n"
        "indexing.parsing.syntax.languages.language_of('queue.py')\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('tree_sitter_')]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
