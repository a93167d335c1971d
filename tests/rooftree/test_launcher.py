import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "torch",
    "chromadb",
    "openai",
    "autogen_core",
    "autogen_agentchat",
    "numpy",
    "transformers",
)
MAX_CPU_SECONDS = 0.3
MAX_TIMES_A_PEER = 2.2
"""How much more than the help of a command line of two commands it may cost: a busy or slow machine
slows both. It is 1.6 times; numpy alone would make it 2.5 times."""
PEER = """
import typer
app = typer.Typer()
app.command()(lambda: None)
app.command("ask")(lambda: None)
app()
"""
MODULES = """
import sys
sys.argv = ["rooftree", "--help"]
import rooftree.__main__ as launcher
try:
    launcher.main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def command(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def processor_seconds(tmp_path: Path, *arguments: str) -> float:
    """Return the least processor time of a few runs; the first one may still write byte code."""
    spent = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = command(tmp_path, *arguments, "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0
        assert "ask" in done.stdout
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def test_help_costs_less_than_300_milliseconds_of_processor_time(tmp_path: Path) -> None:
    spent = processor_seconds(tmp_path, "-I", "-m", "rooftree")
    peer = processor_seconds(tmp_path, "-I", "-c", PEER)
    assert spent < max(MAX_CPU_SECONDS, MAX_TIMES_A_PEER * peer), (spent, peer)


def test_help_imports_no_heavy_library(tmp_path: Path) -> None:
    done = command(tmp_path, "-I", "-c", MODULES)
    modules = done.stderr.split()
    assert "server.cli" in modules
    assert not set(HEAVY) & set(modules)


def test_importing_the_package_does_nothing(tmp_path: Path) -> None:
    done = command(
        tmp_path,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); before = set("
        "sys.modules); import rooftree; print(sorted(set(sys.modules) - before))",
    )
    assert done.stdout.strip() == "['rooftree']"


def test_without_isolation_the_launcher_starts_itself_again_with_it(tmp_path: Path) -> None:
    """The hostile `typer` in the working directory is what plain `-m` would import."""
    (tmp_path / "typer.py").write_text("raise SystemExit('hijacked')")
    done = command(tmp_path, "-m", "rooftree", "--version")
    assert done.returncode == 0, done.stderr
    assert "hijacked" not in done.stderr
    assert done.stdout.strip().endswith("0.1.0")


def test_arguments_reach_the_command_unchanged(tmp_path: Path) -> None:
    done = command(tmp_path, "-m", "rooftree", "config", "nowhere; echo $(x) *")
    assert done.returncode == 2
    assert "nowhere; echo $(x) *" in done.stderr


def test_the_script_runs_no_program_that_path_names(tmp_path: Path) -> None:
    """PATH may name a folder of the repository, and only `python` beside the script is ours."""
    app, own, planted = (tmp_path / name for name in ("app", "own", "planted"))
    for folder in (app, own, planted):
        folder.mkdir()
    shutil.copy(Path(__file__).parents[2] / "scripts" / "rooftree", app)
    (own / "rooftree").symlink_to(app / "rooftree")
    programs = [planted / name for name in ("readlink", "sh", "python", "dirname")]
    for program in (app / "python", *programs):
        program.write_text('#!/bin/sh\necho "$0" "$@"\n')
        program.chmod(0o755)
    done = subprocess.run(
        [own / "rooftree", "ask", "a b"],
        env={"PATH": f"{planted}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{app / 'python'} -I -m rooftree ask a b\n"
