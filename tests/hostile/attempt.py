"""Make attacks, as whoever runs this: `python -m tests.hostile.attempt EXECUTOR [ATTACK]`.

Without a name it reads one a line. It prints each outcome as a line of JSON. It is a program of its
own so that it can run as another user, and so that it has an environment from its start that an
attack could read. Standard library only.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.hostile.attack import Attack, Outcome
from tests.hostile.attacks import ATTACKS
from tests.hostile.scene import Scene
from tests.hostile.uncontained import Uncontained
from tools.projects.toolchains.host_machine import ToolchainAccess
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.engines.container import find_container
from tools.sandbox.process.execution import Command, Execution, Executor
from tools.sandbox.process.toolchains import own_python

PRELUDE = Path(__file__).with_name("prelude.py")
IMAGE = "ROOFTREE_TEST_IMAGE"


def executor_named(name: str) -> Executor:
    """Return an executor; raises SandboxUnavailableError where it is not there."""
    if name == "uncontained":
        return Uncontained()
    if name == "container":
        return find_container(os.environ.get(IMAGE, ""))
    return find_bubblewrap()


async def attempt(attack: Attack, executor: Executor) -> Outcome:
    """Make an attack, and look what it reached."""
    contained = not isinstance(executor, Uncontained)
    if not contained and attack.uncontrolled:
        raise ValueError(f"{attack.name!r} is not tried without a sandbox: {attack.uncontrolled}")
    scene = Scene(contained=contained, in_copy=attack.in_copy)
    try:
        means, aliases = attack.means(scene), attack.aliases(scene)
        scene.remember()
        running = asyncio.create_task(
            executor.run(_command(attack, executor, scene, means, aliases))
        )
        meanwhile = await asyncio.to_thread(attack.during, scene)
        ended = await running
        host = attack.host if contained else attack.careless
        found = meanwhile or _told(ended, scene) or attack.effect(scene, ended)
        found = found or scene.harm() or host(scene) or scene.harm()
        ran = ("TRIED" if attack.finishes else "STARTED") in ended.output.splitlines()
        return Outcome(ran, found, f"{ended.ended} ({ended.exit_code})", ended.output[-1500:])
    finally:
        scene.close()


def _command(
    attack: Attack,
    executor: Executor,
    scene: Scene,
    means: ToolchainAccess,
    aliases: tuple[Path, ...],
) -> Command:
    program = sys.executable if executor.shares_host else "python3"
    source = f"{PRELUDE.read_text()}\n{attack.script}\nprint('TRIED', flush=True)\n"
    packages = os.environ.get("ROOFTREE_HOSTILE_PACKAGES")
    shown = (*own_python(), *([Path(packages)] if packages else []), *means.toolchains)
    return Command(
        (program, "-c", source, scene.told()),
        scene.workspace,
        toolchains=shown if executor.shares_host else (),
        shown=means.shown if executor.shares_host else (),
        aliases=aliases if executor.shares_host else (),
        environment={**means.variables(), **attack.environment},
        limits=attack.limits,
    )


def _told(ended: Execution, scene: Scene) -> str | None:
    """Return the evidence in an output; a canary there is evidence whoever printed it."""
    if scene.canary in ended.output:
        return "the canary is in the output"
    claims = [line for line in ended.output.splitlines() if line.startswith("REACHED")]
    return claims[0][:300] if claims else None


def main(executor: str, *attacks: str) -> None:
    chosen = executor_named(executor)
    for line in attacks or sys.stdin:
        attack = next(one for one in ATTACKS if one.name == line.strip())
        outcome = asyncio.run(attempt(attack, chosen))
        print(json.dumps(outcome.as_json()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
