"""Twenty-four tasks for an agent, each with the way a good model takes, in six languages.

`task` is their form; `python`, `javascript`, `typescript`, `golang`, `rust` and `java` hold them.
"""

from benchmarks.agents.tasks import golang, java, javascript, python, rust, typescript

ALL = (
    *python.TASKS,
    *javascript.TASKS,
    *typescript.TASKS,
    *golang.TASKS,
    *rust.TASKS,
    *java.TASKS,
)
