import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.edit_formats import FORMATS, EditFormat, edited
from models.client.client import Completion, ToolCall
from models.probing.judging import judge_call, judge_choice, judge_edit, judge_fact, judge_filling
from models.probing.probe_material import ToolProbe, material
from tests.models.probing.answering import EDITED

SOURCE = "def f(a):\n    b = a\n    return b\n"


def said(text: str, *calls: ToolCall) -> Completion:
    return Completion(text, calls, "stop", None, "m")


REPLACE = "<<<<<<< SEARCH\n    b = a\n=======\n    b = a + 1\n>>>>>>> REPLACE\n"
DIFF = "```diff\n@@ -1,3 +1,3 @@\n def f(a):\n-    b = a\n+    b = a + 1\n     return b\n```"


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("unit", "Here:\n```python\ndef f(a):\n    b = a + 1\n    return b\n```\nDone."),
        ("replace", f"Sure.\n{REPLACE}"),
        ("diff", DIFF),
        ("diff", "--- a\n+++ b\n@@ @@\n-    b = a\n+    b = a + 1"),
    ],
)
def test_an_edit_is_made(form: EditFormat, answer: str) -> None:
    assert edited(form, SOURCE, answer) == SOURCE.replace("b = a\n", "b = a + 1\n")


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("unit", "def f(a): return a"),
        ("replace", REPLACE.replace("b = a\n", "c = a\n", 1)),
        ("replace", "no blocks"),
        ("replace", "<<<<<<< SEARCH\n\n=======\nx\n>>>>>>> REPLACE\n"),
        ("diff", "@@ @@\n-    c = a\n+    b = a + 1"),
        ("diff", "-    b = a\n+    b = a + 1"),
        ("diff", "@@ @@\n     b = a"),
    ],
)
def test_what_is_no_edit_of_the_source_is_none(form: EditFormat, answer: str) -> None:
    assert edited(form, SOURCE, answer) is None


@given(st.sampled_from(FORMATS), st.text())
def test_any_answer_is_an_edit_or_none(form: EditFormat, answer: str) -> None:
    edited(form, SOURCE, answer)


def test_edits_are_judged_by_what_the_code_is_then() -> None:
    for task in material().edits:
        right = judge_edit("unit", task, said(f"```python\n{EDITED[task.id]}```"))
        assert right.right, task.id
        same = judge_edit("unit", task, said(f"```python\n{task.code}```"))
        assert same.valid
        assert not same.right
        assert not judge_edit("unit", task, said("```python\ndef (:\n```")).valid


def test_facts_are_judged_by_whole_words_and_absence_by_saying_so() -> None:
    facts = {fact.id: fact for fact in material().facts}
    assert judge_fact(facts["attempts"], said("4 attempts [1].")).right
    assert not judge_fact(facts["attempts"], said("There are 14 attempts.")).right
    assert judge_fact(facts["no-port"], said("The places do not show a port.")).right
    assert not judge_fact(facts["no-port"], said("It listens on port 8080.")).right


def test_holes_and_choices() -> None:
    holes = {hole.id: hole for hole in material().holes}
    assert judge_filling(holes["sum"], "a + b").right
    assert judge_filling(holes["attribute"], " y ").right
    assert not judge_filling(holes["attribute"], "yes").right
    choice = material().choices[0]
    assert judge_choice(choice, said('{"playbook": "answer_question"}')).right
    assert judge_choice(choice, said('{"playbook": "change_code"}')).valid
    assert not judge_choice(choice, said("[]")).valid
    assert not judge_choice(choice, said("answer_question")).valid


def test_a_call_is_right_by_its_tool_and_arguments() -> None:
    wanted = ToolProbe("Read a.", "read", {"path": "a.py"})
    right = ToolCall("1", "read", '{"path": "./A.py"}')
    assert judge_call(wanted, said("", right)).right
    assert not judge_call(wanted, said("", ToolCall("1", "read", '{"file": "a.py"}'))).valid
    assert not judge_call(wanted, said("", right, right)).right
    none = ToolProbe("Thanks.", "", {})
    assert judge_call(none, said("You are welcome.")).right
    assert not judge_call(none, said("", right)).right
    assert not judge_call(none, said('{"name": "x"}')).valid
