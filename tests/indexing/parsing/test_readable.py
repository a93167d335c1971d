"""Files that a grammar reads only in part: components, notebooks, Cython, dialects of SQL."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from indexing.parsing.extract import NO_GRAMMAR, extract
from indexing.parsing.preprocessing import cython, notebooks
from indexing.parsing.preprocessing import script_blocks as scripts
from indexing.parsing.syntax.parse_coverage import LINES, PARTIAL
from indexing.parsing.syntax.types import Extraction
from tests.indexing.parsing.test_extract import assert_sound
from tests.linear.cost import grows_too_fast
from tests.support.eighths import examples


def places(extraction: Extraction) -> dict[str, tuple[int, int]]:
    return {symbol.qualified: (symbol.start, symbol.end) for symbol in extraction.symbols}


VUE = """\
<!-- <script>function no() {}</script> -->
<template>
  <button @click="save">Save</button>
</template>

<script lang="ts" generic="T extends Foo<Bar>">
export interface Props { a: number }
const last = [1]
</script>

<script setup lang="ts">
(() => 1)();
/** Save it all. */
function save(a: number): void {
  ref(a);
}
</script>

<script type="application/ld+json">{"function": "no() {}"}</script>
<style>.a { color: red }</style>
"""
SVELTE = """\
<script context="module">
  export function preload() { return 1 }
</script>
<script>
  let count = 0;
  $: doubled = count * 2;
  function increment() {
    count += 1;
  }
</script>
<button on:click={increment}>{count}</button>
"""
ASTRO = """\
---
interface Props { title: string }
export async function getStaticPaths() {
  return [];
}
---
<Layout>
<script>
  function greet(name: string) { alert(name) }
</script>
</Layout>
"""


@pytest.mark.parametrize(
    ("path", "text", "language", "expected"),
    [
        ("a.vue", VUE, "typescript", {"Props": (7, 7), "last": (8, 8), "save": (14, 16)}),
        (
            "a.svelte",
            SVELTE,
            "javascript",
            {"preload": (2, 2), "count": (5, 5), "increment": (7, 9)},
        ),
        (
            "a.astro",
            ASTRO,
            "typescript",
            {"Props": (2, 2), "getStaticPaths": (3, 5), "greet": (9, 9)},
        ),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_scripts_of_a_component_have_symbols_at_the_lines_of_the_file(
    path: str, text: str, language: str, expected: dict[str, tuple[int, int]], ending: str
) -> None:
    text = text.replace("\n", ending)
    extraction = extract(path, text)
    assert extraction.language == language
    assert places(extraction) == expected
    assert extraction.notes == (PARTIAL,)
    assert_sound(text, extraction)


def test_what_a_script_says_is_kept() -> None:
    extraction = extract("a.vue", VUE)
    save = next(symbol for symbol in extraction.symbols if symbol.name == "save")
    assert (save.signature, save.doc) == ("function save(a: number): void", "Save it all.")
    assert [(use.name, use.line) for use in extraction.references if use.within == "save"] == [
        ("ref", 15)
    ]


@pytest.mark.parametrize(
    "text", ["<template><a/></template>\n", '<script lang="coffee">a</script>']
)
def test_a_component_without_a_script_that_is_known_has_no_symbols(text: str) -> None:
    extraction = extract("a.vue", text)
    assert extraction.notes == (f"{LINES}no code in it",)
    assert_sound(text, extraction)


def cell(*lines: str, kind: str = "code") -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": list(lines)}


def notebook(*cells: dict[str, object], language: str = "python") -> dict[str, object]:
    return {"cells": list(cells), "metadata": {"kernelspec": {"language": language}}}


CELLS = notebook(
    cell("# def no(): pass\n", kind="markdown"),
    cell(
        "%matplotlib inline\n",
        "import os\n",
        "\n",
        "# Load all.\n",
        "def load(path):\n",
        '    """Load "it"."""\n',
        "    files = !ls\n",
        "    return os.listdir(path)",
    ),
    {"cell_type": "code", "source": "class Model:\n    def fit(self):\n        return load('x')\n"},
    cell("%%bash\n", "def nope() {\n"),
    cell("%%time\n", "def last():\n", "    return 1\n"),
)


def test_cells_of_a_notebook_have_symbols_at_the_lines_of_the_json() -> None:
    text = json.dumps(CELLS, indent=1)
    rows = text.split("\n")
    extraction = extract("a.ipynb", text)
    assert extraction.language == "python"
    found = places(extraction)
    assert list(found) == ["load", "Model", "Model.fit", "last"]
    assert ["def load" in rows[found["load"][0] - 1], "listdir" in rows[found["load"][1] - 1]]
    # All of a source that is one string stands on one line.
    assert found["Model"] == found["Model.fit"]
    assert "class Model" in rows[found["Model"][0] - 1]
    assert "def last" in rows[found["last"][0] - 1]
    load = extraction.symbols[0]
    assert (load.signature, load.doc) == ("def load(path)", 'Load "it".')
    assert [(use.name, use.within) for use in extraction.references] == [
        ("os", ""),
        ("listdir", "load"),
        ("load", "Model.fit"),
    ]
    assert all(use.name in rows[use.line - 1] for use in extraction.references)
    assert extraction.notes == (PARTIAL,)  # for the cell in bash
    assert_sound(text, extraction)


def test_a_notebook_on_one_line_has_its_symbols_on_that_line() -> None:
    text = json.dumps(CELLS)
    extraction = extract("a.ipynb", text)
    assert set(places(extraction).values()) == {(1, 1)}
    assert_sound(text, extraction)


def test_a_notebook_without_foreign_cells_is_read_whole() -> None:
    text = json.dumps(notebook(cell("def a():\n", "    return 1\n")), indent=2)
    assert extract("a.ipynb", text).notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("not json", f"{LINES}its JSON cannot be read"),
        ("[]", f"{LINES}its JSON cannot be read"),
        ("", f"{LINES}its JSON cannot be read"),
        ("{}", f"{LINES}no cells in it"),
        (json.dumps({"cells": {"cell_type": "code"}}), f"{LINES}no cells in it"),
        (json.dumps({"cells": [1, None, "a", {"cell_type": "code"}]}), f"{LINES}no cells in it"),
        (json.dumps(notebook(cell("x <- 1\n"), language="R")), NO_GRAMMAR),
    ],
)
def test_a_notebook_that_cannot_be_read_says_why(text: str, note: str) -> None:
    assert extract("a.ipynb", text).notes == (note,)


PYX = """\
cimport numpy as np
from libc.math cimport sqrt

cdef extern from "a.h" nogil:
    int c_add(int, int)

cdef struct Point:
    int x
    int y

cdef inline double norm(double *x, int n) except? -1 nogil:
    \"\"\"Return the norm.\"\"\"
    cdef int i
    cdef double s = start(n)
    return sqrt(s * <double>x[0])

cpdef np.ndarray[double, ndim=2] scale(np.ndarray[double, ndim=2] a,
                                       double by=2.0):
    return a * by

cdef class Queue:
    cdef public int size
    cdef:
        int a
    def __cinit__(self, int size not None):
        self.size = size
    cpdef int get(self) except *:
        return norm(&self.a, 1)
"""


def test_definitions_of_cython_are_found() -> None:
    extraction = extract("a.pyx", PYX)
    assert extraction.language == "cython"
    assert list(places(extraction).items()) == [
        ("Point", (7, 8)),
        ("norm", (11, 15)),
        ("scale", (17, 19)),
        ("Queue", (21, 28)),
        ("Queue.__cinit__", (25, 26)),
        ("Queue.get", (27, 28)),
    ]
    norm = extraction.symbols[1]
    assert norm.signature == "cdef inline double norm(double *x, int n) except? -1 nogil"
    assert norm.doc == "Return the norm."
    called = {use.name for use in extraction.references if use.kind == "call"}
    assert {"start", "sqrt", "norm"} <= called
    assert_sound(PYX, extraction)


TSQL = """\
SET ANSI_NULLS ON
GO
-- Orders of one customer.
CREATE PROCEDURE [dbo].[Get Orders]
    @Id INT
AS
BEGIN
    SELECT * FROM dbo.Orders o WITH (NOLOCK) WHERE o.CustomerId = @Id;
    EXEC dbo.LogIt @Id;
END
GO
CREATE OR ALTER PROC dbo.LogIt @Id INT AS
    INSERT INTO dbo.Log (Id) VALUES (@Id)
GO
"""


def test_procedures_of_a_dialect_that_the_grammar_does_not_know_are_found() -> None:
    extraction = extract("a.sql", TSQL)
    assert places(extraction) == {"dbo.Get Orders": (4, 10), "dbo.LogIt": (12, 13)}
    assert extraction.symbols[0].doc == "Orders of one customer."
    assert ("LogIt", 9, "dbo.Get Orders") in {
        (use.name, use.line, use.within) for use in extraction.references
    }
    assert extraction.notes == (PARTIAL,)
    assert_sound(TSQL, extraction)
    mysql = "DELIMITER //\nCREATE DEFINER=`root`@`%` PROCEDURE `add`(IN a INT)\nBEGIN\nEND //\n"
    assert list(places(extract("b.sql", mysql))) == ["add"]


def test_a_definition_ends_with_its_batch_and_no_quote_gets_into_a_name() -> None:
    text = (
        "CREATE TABLE [dbo].[Orders] (id int, [order date] date)\nGO\n"
        "CREATE PROC [dbo].[Get] @id int AS\nBEGIN\n  SELECT 1\nEND\nGO\n"
    )
    assert places(extract("a.sql", text)) == {"dbo.Orders": (1, 1), "dbo.Get": (3, 6)}
    text = 'CREATE TABLE `my`.`tab` (id int);\nCREATE VIEW a."My"."v" AS SELECT 1;\n'
    assert list(places(extract("a.sql", text))) == ["my.tab", "a.My.v"]


def test_what_a_comment_or_a_text_creates_is_no_definition() -> None:
    text = (
        "/*\nCREATE PROCEDURE old AS SELECT 1\nEXEC gone\n*/\n"
        "INSERT INTO notes VALUES ('\nCREATE TABLE quoted (a int);\n');\n"
        "CREATE PROC new AS\nSELECT 1\nGO\n"
    )
    extraction = extract("a.sql", text)
    assert list(places(extraction)) == ["new"]
    assert "gone" not in {use.name for use in extraction.references}
    escaped = "INSERT INTO a VALUES ('it\\'s');\nCREATE PROC b AS SELECT 1\n-- it's\n"
    assert list(places(extract("a.sql", escaped))) == ["b"]


@pytest.mark.parametrize("path", ["a.erb", "a.j2", "a.hbs", "a.ejs"])
def test_templates_count_as_files_without_symbols(path: str) -> None:
    assert extract(path, "<% def a %>{{ b }}\n").notes == (NO_GRAMMAR,)


MARKUP = [
    *("<script>", "<script setup lang='ts'>", "</script>", "<!--", "-->", "---\n", "\n", "\r\n"),
    *("function a() {", "}", "é", "<script", '"', "'", ">", "<template>", "`", "`</script>`"),
]


@examples(100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(scripts.ENDINGS)),
    st.lists(st.sampled_from(MARKUP), max_size=40).map("".join),
)
def test_scripts_of_any_text_have_its_rows(ending: str, text: str) -> None:
    found = scripts.read(ending, text)
    if found is not None:
        assert len(found.text) == len(text)
        assert [len(row) for row in found.text.split("\n")] == [
            len(row) for row in text.split("\n")
        ]
    assert_sound(text, extract(f"a.{ending}", text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["cells", "cell_type", "source", "metadata"]), inner)
    ),
    max_leaves=12,
)
SOURCES = st.one_of(
    JSON, st.lists(st.sampled_from(["def a():\n", "    x = 1\n", "%%sql\n", "!ls", "\n", "("]))
)


@examples(100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.fixed_dictionaries({"cell_type": st.just("code"), "source": SOURCES}), max_size=4),
    JSON,
    st.sampled_from([None, 1]),
    st.integers(0, 400),
)
def test_any_notebook_is_read_and_no_line_is_wrong(
    cells: list[object], metadata: object, indent: int | None, cut: int
) -> None:
    text = json.dumps({"cells": cells, "metadata": metadata}, indent=indent)
    for given_text in (text, text[:cut]):
        found = notebooks.read(given_text)
        if not isinstance(found, str):
            assert len(found.rows) == len(found.text.split("\n"))
            assert list(found.rows) == sorted(found.rows)
            assert found.rows[-1] <= given_text.count("\n")
        assert_sound(given_text, extract("a.ipynb", given_text))


PYX_PIECES = [
    *(
        "cdef ",
        "cpdef ",
        "def ",
        "class ",
        "a",
        "(",
        ")",
        ":",
        "\n",
        "    ",
        "int ",
        "=",
        "<int>",
        "&",
    ),
    *("extern from 'a':", "struct ", "cimport ", "include ", "é", "[", "]", "#", '"""', "IF "),
]


@examples(100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PYX_PIECES), max_size=40).map("".join))
def test_any_cython_keeps_its_rows(text: str) -> None:
    data = text.encode()
    made = cython.as_python(data)
    assert len(made) == len(data)
    assert [at for at, byte in enumerate(made) if byte == 10] == [
        at for at, byte in enumerate(data) if byte == 10
    ]
    assert_sound(text, extract("a.pyx", text))


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("a.vue", "<script>"),
        ("a.vue", "<script a='"),
        ("a.vue", "<!--"),
        ("a.astro", "---\n"),
        ("a.pyx", "cdef a("),
        ("a.pyx", "cdef a(\n"),
        ("a.pyx", "cdef extern from 'a':\n"),
        ("a.sql", "CREATE PROC a\n"),
        ("a.sql", "CREATE "),
        ("a.ipynb", '{"cells": ['),
    ],
)
def test_hostile_texts_are_read_in_proportion_to_their_length(path: str, piece: str) -> None:
    read = {"vue": scripts.read, "astro": scripts.read}
    ending = path.partition(".")[2]

    def reading(length: int) -> Callable[[], object]:
        text = piece * (length // len(piece))
        if ending in read:
            return lambda: read[ending](ending, text)
        if ending == "pyx":
            return lambda: cython.as_python(text.encode())
        return lambda: extract(path, text)

    assert grows_too_fast(reading, measurable=0.03) == ""
