import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from rooftree import errors, offline
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event, EventKind, EventLog
from rooftree.telemetry.logs import configure_logging, end_logging, logger


def test_events_of_a_run_are_numbered_without_gaps() -> None:
    heard: list[Event] = []
    log = EventLog(heard.append)
    for kind in get_args(EventKind):
        log.emit(kind, note="x")
    assert [event.seq for event in heard] == list(range(len(get_args(EventKind))))
    assert {event.run for event in heard} == {log.run}
    assert json.loads(json.dumps(heard[0].as_json())) == {
        "kind": "run.started",
        "run": log.run,
        "seq": 0,
        "data": {"note": "x"},
    }


def test_two_runs_have_two_names() -> None:
    assert EventLog(print).run != EventLog(print).run


def test_the_log_lies_in_the_state_folder(tmp_path: Path) -> None:
    configure_logging(StateFolder(tmp_path))
    configure_logging(StateFolder(tmp_path))
    logger("part").info("only once")
    assert (tmp_path / "logs" / "rooftree.log").read_text().count("only once") == 1


def test_a_verbose_log_speaks_to_the_terminal_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(StateFolder(tmp_path), verbose=True)
    logger("part").debug("details")
    assert "details" in capsys.readouterr().err


def test_a_log_that_has_ended_is_not_opened_again(tmp_path: Path) -> None:
    configure_logging(StateFolder(tmp_path))
    end_logging()
    log = tmp_path / "logs" / "rooftree.log"
    log.unlink()
    logger("part").warning("after the end")
    logging.getLogger("a library").warning("after the end")
    assert not log.exists()


def test_every_error_has_an_exit_code_that_is_not_nothing_found() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, errors.RooftreeError)
        assert kind.exit_code in (2, 3)
        assert kind.__name__ in (errors.__doc__ or "")


def test_libraries_are_told_to_stay_at_home() -> None:
    code = "from rooftree.offline import stay_offline as s; s(); import os; print(dict(os.environ))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    for name, value in offline.VARIABLES.items():
        assert f"'{name}': '{value}'" in done.stdout
