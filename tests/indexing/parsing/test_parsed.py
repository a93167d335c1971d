"""Which files have all, some or none of their symbols."""

from indexing.parsing.extract import NO_GRAMMAR, SYNTAX_ERRORS, extract
from indexing.parsing.syntax.parse_coverage import PARTIAL, ParseCoverage, parse_coverage

SPLIT = """\
static int first(int a)
{
#ifdef CONFIG_A
	if (a) {
#else
	if (!a) {
#endif
		return 1;
	}
	return 0;
}

static int second(void)
{
	return 2;
}
"""


def test_notes_tell_which_files_lack_symbols() -> None:
    notes = [("a.c", PARTIAL), ("b.vb", NO_GRAMMAR), ("Jenkins", NO_GRAMMAR), ("c.py", "latin-1")]
    told = parse_coverage([*notes, ("d.js", SYNTAX_ERRORS)])
    assert told == ParseCoverage(
        ("a.c",),
        (
            ("b.vb", "no grammar for this type"),
            ("Jenkins", "no grammar for this type"),
            ("d.js", "syntax errors"),
        ),
    )
    assert told.endings == {".vb": 1, "Jenkins": 1, ".js": 1}


def test_a_file_in_which_a_conditional_splits_a_brace_keeps_what_follows() -> None:
    many = "".join(f"\nint later_{n}(int a)\n{{\n\treturn a + {n};\n}}\n" for n in range(60))
    extraction = extract("split.c", SPLIT + many)
    names = [symbol.name for symbol in extraction.symbols]
    assert names == ["first", "second", *(f"later_{n}" for n in range(60))]
    assert extraction.notes == (PARTIAL,)
