"""The pool of parser processes: order, crashes, hangs, and what is left when the parent dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest

from indexing.build.parser_pool import (
    BATCH_CHARACTERS,
    BATCH_JOBS,
    ParserPool,
    WaitingParser,
    _batches,
)
from indexing.build.parser_process import ParserJob
from indexing.parsing.extract import CRASHED, NO_GRAMMAR, TOO_LONG, extract
from indexing.parsing.syntax.types import Extraction
from indexing.words.tokens import pack

ROOT = Path(__file__).parents[3]
SAMPLE = "def queue():\n    return 1\n"


def treacherous(path: str, text: str) -> Extraction:
    """Stand for a grammar with faults: the path says which."""
    fault = path.partition(".")[0]
    if fault == "exit":
        os._exit(3)
    elif fault == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault == "hang":
        while True:
            signal.pause()
    elif fault == "raise":
        raise RuntimeError(path)
    elif fault == "memory":
        bytearray(1 << 40)
    return extract(path, text)


def unable(path: str, text: str) -> Extraction:
    """Stand for a worker that cannot read anything."""
    os._exit(1)


def running(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 30
    while any(running(pid) for pid in pids) and time.monotonic() < deadline:
        os.sched_yield()
    assert [pid for pid in pids if running(pid)] == []


def pids_of(pool: ParserPool) -> list[int]:
    return [worker._process.pid or 0 for worker in pool._workers]


def notes_of(pool: ParserPool, jobs: list[ParserJob]) -> dict[int | str, tuple[str, ...]]:
    results = list(pool.extract_all(jobs))
    assert len(results) == len(jobs)
    return {result.key: result.extraction.notes for result in results}


def packed(job: ParserJob) -> Extraction:
    """Return what a worker should make of a job: its words are packed there too."""
    extraction = extract(job.path, job.text)
    return replace(extraction, words=pack(job.path, extraction.units))


def test_every_job_comes_back_once_with_what_extract_says() -> None:
    jobs = [
        ParserJob(number, f"{number}.py", f"def f{number}():\n    return 1\n")
        for number in range(200)
    ]
    with ParserPool(2) as pool:
        results = {result.key: result.extraction for result in pool.extract_all(jobs)}
        again = {result.key: result.extraction for result in pool.extract_all(jobs[:3])}
    assert results == {job.key: packed(job) for job in jobs}
    assert again == {job.key: packed(job) for job in jobs[:3]}


def test_no_jobs_give_no_results() -> None:
    with ParserPool(1) as pool:
        assert list(pool.extract_all([])) == []


def test_a_pool_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        ParserPool(0)


def test_small_jobs_share_a_batch_and_large_ones_do_not() -> None:
    small = [ParserJob(number, "a.py", "x") for number in range(2 * BATCH_JOBS)]
    large = [ParserJob(number, "a.py", "x" * BATCH_CHARACTERS) for number in range(2)]
    sizes = [len(batch) for batch in _batches([*small, *large])]
    assert sizes == [BATCH_JOBS, BATCH_JOBS, 1, 1]


def test_few_jobs_are_taken_before_results_are() -> None:
    taken = 0

    def jobs() -> Iterator[ParserJob]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield ParserJob(number, "a.xyz", "x" * BATCH_CHARACTERS)

    with ParserPool(1) as pool:
        results = pool.extract_all(jobs())
        next(results)
        assert taken <= 5
        assert len(list(results)) == 99


def test_texts_larger_than_a_pipe_pass_both_ways() -> None:
    text = "word " * 150_000
    with ParserPool(1) as pool:
        results = list(pool.extract_all(ParserJob(number, "a.xyz", text) for number in range(4)))
    assert all(result.extraction.notes == (NO_GRAMMAR,) for result in results)
    assert all(sum(len(u.text) for u in result.extraction.units) > 700_000 for result in results)


def test_any_text_crosses_the_pipe() -> None:
    with ParserPool(1) as pool:
        (result,) = pool.extract_all([ParserJob("odd", "a.py", "x = '\ud800\0'\n")])
    assert result.extraction.units[0].text == "x = '\ud800\0'"


@pytest.mark.parametrize("fault", ["exit", "segfault", "raise", "memory"])
def test_a_file_that_crashes_its_worker_comes_back_by_lines_and_the_others_are_read(
    fault: str,
) -> None:
    jobs = [ParserJob(number, f"good.{number}.py", SAMPLE) for number in range(8)]
    jobs[3] = ParserJob(3, f"{fault}.py", SAMPLE)
    with ParserPool(1, extractor=treacherous) as pool:
        results = {result.key: result.extraction for result in pool.extract_all(jobs)}
    assert len(results) == 8
    assert results.pop(3).notes == (CRASHED,)
    assert all(results[key] == packed(jobs[int(key)]) for key in results)


def test_a_crash_keeps_the_text() -> None:
    with ParserPool(1, extractor=treacherous) as pool:
        (result,) = pool.extract_all([ParserJob("a", "exit.py", SAMPLE)])
    (unit,) = result.extraction.units
    assert (unit.language, unit.kind, unit.text) == ("python", "lines", SAMPLE.rstrip("\n"))


def test_a_file_that_hangs_comes_back_by_lines_and_the_others_are_read() -> None:
    jobs = [ParserJob(number, f"good.{number}.py", SAMPLE) for number in range(4)]
    jobs[1] = ParserJob(1, "hang.py", SAMPLE)
    with ParserPool(2, job_seconds=0.5, extractor=treacherous) as pool:
        notes = notes_of(pool, jobs)
        assert all(running(pid) for pid in pids_of(pool))
    assert notes == {0: (), 1: (TOO_LONG,), 2: (), 3: ()}


def test_workers_that_always_die_still_give_every_file_by_lines() -> None:
    jobs = [ParserJob(number, "a.py", SAMPLE) for number in range(3)]
    with ParserPool(1, extractor=unable) as pool:
        assert set(notes_of(pool, jobs).values()) == {(CRASHED,)}


def test_a_worker_killed_while_idle_costs_no_file() -> None:
    with ParserPool(1) as pool:
        assert len(list(pool.extract_all([ParserJob(0, "a.py", SAMPLE)]))) == 1
        (pid,) = pids_of(pool)
        os.kill(pid, signal.SIGKILL)
        wait_until_gone([pid])
        notes = notes_of(pool, [ParserJob(number, "a.py", SAMPLE) for number in range(3)])
    assert notes == {0: (), 1: (), 2: ()}


def test_a_caller_that_stops_early_can_ask_again() -> None:
    with ParserPool(1) as pool:
        results = pool.extract_all(ParserJob(number, "a.py", SAMPLE) for number in range(500))
        next(results)
        results.close()
        assert notes_of(pool, [ParserJob("again", "a.py", SAMPLE)]) == {"again": ()}


def test_leaving_the_pool_ends_its_workers() -> None:
    with ParserPool(2) as pool:
        pids = pids_of(pool)
        assert len(list(pool.extract_all([ParserJob(0, "a.py", SAMPLE)]))) == 1
    wait_until_gone(pids)


PROGRAM = """
import sys
sys.path.insert(0, {root!r})
sys.path.insert(0, {tests!r})
print("main runs", flush=True)

def main():
    import json
    from indexing.build.parser_process import ParserJob
    from indexing.build.parser_pool import ParserPool
    from test_workers import treacherous
    with ParserPool(2, job_seconds=600, extractor=treacherous) as pool:
        list(pool.extract_all(ParserJob(n, "good.py", "x = 1") for n in range(100)))
        pids = [worker._process.pid for worker in pool._workers]
        print(json.dumps(pids), flush=True)
        list(pool.extract_all(ParserJob(n, "hang.py", "x = 1") for n in range(2)))

if __name__ == "__main__":
    main()
"""


def test_no_worker_outlives_a_parent_that_is_killed() -> None:
    """One of two workers is inside a job that never ends; both must go."""
    program = PROGRAM.format(root=str(ROOT), tests=str(Path(__file__).parent))
    parent = subprocess.Popen(
        [sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout as output:
        assert output.readline() == "main runs\n"
        pids = json.loads(output.readline())
        assert len(pids) == 2
        parent.kill()
        parent.wait()
        wait_until_gone(pids)
        # Had a child run the program again, it would have said so too.
        assert output.read() == ""


def test_a_worker_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import indexing.build.parser_pool\n"
        "heavy = {'numpy', 'torch', 'chromadb', 'pydantic', 'asyncio', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_parser_that_waits_is_the_same_process_for_the_next_run() -> None:
    parser = WaitingParser()
    for number in range(3):
        with parser.pool() as pool:
            [done] = pool.extract_all([ParserJob(0, "a.py", f"def name_{number}():\n    pass\n")])
        assert [symbol.name for symbol in done.extraction.symbols] == [f"name_{number}"]
    [process] = active_children()
    parser.close(idle_seconds=600.0)
    assert active_children() == [process]
    parser.close()
    assert active_children() == []


def test_a_parser_that_died_while_it_waited_is_started_anew() -> None:
    parser = WaitingParser()
    with parser.pool() as pool:
        list(pool.extract_all([ParserJob(0, "a.py", "def one():\n    pass\n")]))
    [process] = active_children()
    process.kill()
    process.join()
    with parser.pool() as pool:
        [done] = pool.extract_all([ParserJob(0, "a.py", "def two():\n    pass\n")])
    assert [symbol.name for symbol in done.extraction.symbols] == ["two"]
    parser.close()
