"""C and C++ as a grammar can read it: conditions, attributes and heads that are macros."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from indexing.parsing.extract import extract
from indexing.parsing.preprocessing import prepare
from indexing.parsing.syntax.parse_coverage import PARTIAL
from indexing.parsing.syntax.types import Extraction
from tests.linear.cost import grows_too_fast
from tests.support.eighths import examples

AFTER = "\nint after(int a)\n{\n\treturn a;\n}\n"

SPLIT = {
    "a brace": "int f(int a)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t\treturn 1;\n"
    "\t}\n\treturn 0;\n}\n",
    "a parenthesis": "int f(int a)\n{\n\tif (a\n#ifdef A\n\t    && g(a)\n#endif\n\t)\n"
    "\t\treturn 1;\n\treturn 0;\n}\n",
    "an else": "int f(int a)\n{\n#ifdef A\n\tif (a)\n\t\treturn 1;\n\telse\n#endif\n"
    "\t\treturn 0;\n}\n",
    "a head": "#ifdef A\nint f(int a)\n{\n#else\nint f(long a)\n{\n#endif\n\treturn 0;\n}\n",
    "two braces apart": "int f(int a)\n{\n#ifdef A\n\tif (a) {\n#endif\n\t\tg();\n#ifdef A\n\t}\n"
    "#endif\n\treturn 0;\n}\n",
    "nested": "int f(int a)\n{\n#ifdef A\n# ifdef B\n\tif (a) {\n# else\n\tif (!a) {\n# endif\n"
    "#else\n\twhile (a) {\n#endif\n\t\ta--;\n\t}\n\treturn 0;\n}\n",
    "never": "int f(int a)\n{\n#if 0\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t\ta--;\n\t}\n"
    "\treturn 0;\n}\n",
}


def names(extraction: Extraction) -> list[str]:
    return [symbol.qualified for symbol in extraction.symbols]


@pytest.mark.parametrize("what", SPLIT)
def test_a_condition_that_splits_a_statement_costs_nothing(what: str) -> None:
    extraction = extract("a.c", SPLIT[what] + AFTER)
    assert names(extraction) == ["f", "after"]
    [f, after] = extraction.symbols
    assert f.end == after.start - 2


def test_a_file_of_which_a_branch_was_not_read_is_partial() -> None:
    assert extract("a.c", SPLIT["a brace"]).notes == (PARTIAL,)
    assert extract("a.c", SPLIT["two braces apart"]).notes == ()


def test_a_condition_around_whole_functions_keeps_both_branches() -> None:
    text = "#ifdef A\nint f(void)\n{\n\tx();\n}\n#else\nint g(void)\n{\n\ty();\n}\n#endif\n"
    extraction = extract("a.c", text + AFTER)
    assert names(extraction) == ["f", "g", "after"]
    assert extraction.notes == ()


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "a.c",
            "SYSCALL_DEFINE3(write, unsigned int, fd, const char __user *, buf)\n{\n}\n",
            "write",
        ),
        ("a.c", "COMPAT_SYSCALL_DEFINE2(stat, int, a, int, b)\n{\n}\n", "stat"),
        ("a.c", "BPF_CALL_3(bpf_get, struct bpf_map *, map, void *, key)\n{\n}\n", "bpf_get"),
        ("a.c", "static DEFINE_MUTEX(big_lock);\n", "big_lock"),
        ("a.c", "DEFINE_PER_CPU(struct rq, runqueues);\n", "runqueues"),
        ("a.c", "static DEFINE_PER_CPU(int, depth) = 3;\n", "depth"),
        ("a.c", "DEFINE_HASHTABLE(table, 8);\n", "table"),
        ("a.cc", "TEST(Queue, IsEmpty) {\n  EXPECT_TRUE(x);\n}\n", "Queue.IsEmpty"),
        ("a.cc", "TEST_F(QueueTest, Gets) {\n}\n", "QueueTest.Gets"),
        ("a.cc", "namespace a {\n  TYPED_TEST_P(Suite, Has) {\n  }\n}\n", "a.Suite.Has"),
        ("a.cc", 'TEST_CASE("a queue is empty", "[queue]") {\n}\n', "a queue is empty"),
        ("a.cc", "BOOST_AUTO_TEST_CASE(is_empty) {\n}\n", "is_empty"),
        ("a.cc", "BENCHMARK_F(Suite, Fast)(benchmark::State& st) {\n}\n", "Suite.Fast"),
    ],
)
def test_a_name_that_a_macro_declares_is_a_symbol(path: str, text: str, expected: str) -> None:
    assert names(extract(path, text + AFTER))[-2:] == [expected, "after"]


def test_what_a_macro_declares_is_shown_as_it_is_written() -> None:
    extraction = extract("a.c", "/* Write it. */\nSYSCALL_DEFINE1(write, int, fd)\n{\n\tgo();\n}\n")
    [symbol] = extraction.symbols
    assert (symbol.start, symbol.end, symbol.doc) == (2, 5, "Write it.")
    assert symbol.signature == "SYSCALL_DEFINE1(write, int, fd)"
    assert [(use.name, use.line) for use in extraction.references] == [
        ("SYSCALL_DEFINE1", 2),
        ("go", 4),
    ]


@pytest.mark.parametrize(
    "macro", ["module_init(start)", "EXPORT_SYMBOL(start)", "LIST_HEAD(start)"]
)
def test_a_macro_that_defines_nothing_declares_nothing(macro: str) -> None:
    assert names(extract("a.c", f"{macro};\n{AFTER}")) == ["after"]


CPP = """\
#pragma once
FMT_BEGIN_NAMESPACE
namespace detail {
class EXPORT_API Queue final : public Base<int> {
  Q_OBJECT

 public:
  FMT_CONSTEXPR explicit Queue(int a) : a_(a) {}
  FMT_CONSTEXPR20 ~Queue() { stop(); }
  FMT_CONSTEXPR auto size() const -> size_t { return a_; }
  static Item* absl_nonnull First(const Item* absl_nullable item) { return item; }
  void Push(int a) ABSL_LOCKS_EXCLUDED(mutex_) { a_ = a; }
  T* operator->() const ATTRIBUTE_LIFETIME { return &t_; }
  explicit operator bool() const { return a_; }
 private:
  int a_ GUARDED_BY(mutex_);
};
template <typename T, FMT_ENABLE_IF(is_integral<T>::value)>
FMT_DEPRECATED("no") inline auto write(T value) -> T {
  return value;
}
template <> constexpr auto bits<float>() -> int { return 32; }
class VISIBLE("default") Error : public std::runtime_error {
  void Show() const;
};
}  // namespace detail
FMT_END_NAMESPACE
"""


def test_macros_of_an_interface_hide_nothing() -> None:
    extraction = extract("queue.h", CPP)
    assert names(extraction) == [
        "detail",
        "detail.Queue",
        *(
            f"detail.Queue.{name}"
            for name in ("Queue", "~Queue", "size", "First", "Push", "operator->", "operator bool")
        ),
        "detail.write",
        "detail.bits",
        "detail.Error",
    ]
    assert extraction.notes == ()
    first = next(one for one in extraction.symbols if one.name == "First")
    assert first.signature == "static Item* absl_nonnull First(const Item* absl_nullable item)"
    used = {use.name for use in extraction.references}
    assert {"EXPORT_API", "FMT_CONSTEXPR", "ABSL_LOCKS_EXCLUDED", "Q_OBJECT", "stop"} <= used


C = {
    "BOOL WINAPI Start(HANDLE h)\n{\n\treturn h;\n}\n": "Start",
    "BOOL\nStart(int a)\n{\n\treturn a;\n}\n": "Start",
    "static __always_inline int __init start(void)\n{\n\treturn 0;\n}\n": "start",
    "int start(a, b)\n\tint a;\n\tchar *b;\n{\n\treturn a;\n}\n": "start",
    "static void start(struct rq *rq)\n\t__releases(rq->lock)\n{\n}\n": "start",
    "void start(void)\n{\n\tfor_each_node(node)\n\t\tget(node)->a = 1;\n\tx = 2;\n}\n": "start",
    "void start(int a)\n{\n#define N(x) case x:;\n\tswitch (a) {\n\tN(1) N(2)\n\tN(3)\n\t}\n}\n"
    "#undef N\n": "N",
}


@pytest.mark.parametrize("text", C)
def test_macros_of_c_hide_nothing(text: str) -> None:
    extraction = extract("a.c", text + AFTER)
    functions = [name for name in names(extraction) if name != "start.N"]
    assert functions == [C[text] if C[text] != "N" else "start", "after"]


def test_an_expression_keeps_its_calls() -> None:
    text = "int f(int a)\n{\n\treturn a * g(a) * SIZE & mask(a) && other * h(a);\n}\n"
    extraction = extract("a.c", text)
    assert [use.name for use in extraction.references] == ["g", "mask", "h"]


PIECES = [
    "#if A\n",
    "#else\n",
    "#endif\n",
    "#if 0\n",
    "{",
    "}",
    "(",
    ")",
    ";",
    "\n",
    " ",
    "TEST(A, b)",
    "int f()",
    "FMT_X ",
    "class ",
    "* absl_x y",
    '"',
    "'",
    "/*",
    "*/",
    "//",
    "\\\n",
    'R"(',
    "é",
    "template <",
    "DEFINE_X(a);",
    "\nfor_each_x(a)",
    ">",
    ",",
    "operator ",
]


@examples(100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_whatever_is_prepared_has_the_same_rows_and_length(text: str) -> None:
    data = text.encode()
    draft = prepare(data)
    assert len(draft.text) == len(data)
    assert [at for at, byte in enumerate(draft.text) if byte == 10] == [
        at for at, byte in enumerate(data) if byte == 10
    ]
    assert all(0 <= start < end <= len(data) for start, end in draft.uses)


@pytest.mark.parametrize(
    "piece",
    [
        "TEST(",
        "FMT_X ",
        ")A_B",
        "#if 1\n{\n#else\n",
        "template <",
        "* a b ",
        "/*",
        '"\\\n',
        "A_B(\n",
    ],
)
def test_hostile_texts_are_prepared_in_proportion_to_their_length(piece: str) -> None:
    def reading(length: int) -> Callable[[], object]:
        data = (piece * (length // len(piece))).encode()
        return lambda: prepare(data)

    assert grows_too_fast(reading) == ""
