"""What a question quotes is looked for as it stands; what merely varies in it is not."""

from pathlib import Path

import pytest

from indexing.parsing.syntax.languages import LANGUAGES
from indexing.words.query import analyse
from tests.support import config_in, git_repository, indexed


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("why does it print `no inputs collected`?", ("no inputs collected",)),
        ('it says "Over 25% of hosts failed (33%)" and ends', ("of hosts failed",)),
        ("ValueError: the pool is closed", ("the pool is closed",)),
        ("what does `get_user` do?", ()),
        ("nothing is quoted here", ()),
    ],
)
def test_quoted_text_and_messages_become_phrases(text: str, phrases: tuple[str, ...]) -> None:
    assert analyse(text).phrases == phrases


def test_only_the_last_frames_of_a_traceback_name_what_is_asked_about() -> None:
    frames = "\n".join(f'  File "m{n}.py", line {n}, in step_{n}' for n in range(5))
    query = analyse(f"Traceback (most recent call last):\n{frames}\nKeyError: 'x'")
    assert query.paths == ("m3.py", "m4.py")
    assert set(query.names) == {"keyerror", "step_3", "step_4"}


def test_a_path_in_a_question_is_known_in_every_language() -> None:
    endings = [language.extensions.split()[0] for language in LANGUAGES]
    for ending in (one for one in endings if len(one) <= len("swift")):
        assert analyse(f"what does src/a.{ending} do?").paths == (f"src/a.{ending}",)
    assert analyse("what does example.ru say?").paths == ()


def test_a_place_that_holds_the_quoted_text_comes_first(tmp_path: Path) -> None:
    files = {f"inputs_{n}.py": f"def collect_inputs_{n}(inputs):\n    no = 1\n" for n in range(8)}
    files["main.py"] = (
        'def finish(found):\n    if not found:\n        fail("no inputs collected")\n'
    )
    repository = indexed(git_repository(tmp_path, dict(files)), config_in(tmp_path))
    with repository.searcher() as searcher:
        best = searcher.search("When does it stop with `no inputs collected`?", 3).hits[0]
    assert (best.path, best.symbol) == ("main.py", "finish")
