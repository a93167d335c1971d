"""What is said of a name that nothing has."""

from rooftree.text.unknown_names import near_names, unknown_name


def test_names_that_are_alike_are_told() -> None:
    told = unknown_name("scope", "serach", ["search", "chat"], "`list` shows all")
    assert told == "there is no scope 'serach'; did you mean 'search'?; `list` shows all"
    assert near_names("Coder", ["coder", "reviewer"]) == ["coder"]


def test_few_names_are_all_told_and_many_are_not() -> None:
    assert unknown_name("model", "x", ["b", "a"]) == "there is no model 'x'; there are a, b"
    assert unknown_name("model", "x", []) == "there is no model 'x'; there is none"
    assert unknown_name("model", "x", map(str, range(99))) == "there is no model 'x'"
    assert len(unknown_name("model", "x" * 5000, ["a"])) < 200
