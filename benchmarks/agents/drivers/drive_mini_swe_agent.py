"""Drive mini-swe-agent with its own settings on one task. Runs in its venv; knows no rooftree.

Usage: drive_mini_swe_agent.py '{"endpoint": URL, "model": NAME, "window": N, "wall": SECONDS}'

The first line of standard input is the task as JSON. Every command that the agent wants to run is
written to standard output as one line of JSON, and answered by one line on standard input: whoever
started this runs it. The last line written is the result. Only the model is talked to from here.
"""

import json
import os
import sys
from typing import Any

given: dict[str, Any] = json.loads(sys.argv[1])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
os.environ |= {
    "MSWEA_SILENT_STARTUP": "1",
    "MSWEA_COST_TRACKING": "ignore_errors",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
OUTPUT_TOKENS = 4_096
SUBMITTED = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


def said(message: dict[str, Any]) -> None:
    print(json.dumps(message), file=answers, flush=True)


def main() -> None:
    import yaml
    from minisweagent import package_dir
    from minisweagent.agents.default import DefaultAgent
    from minisweagent.models.litellm_model import LitellmModel

    task = json.loads(sys.stdin.readline())["task"]
    told = yaml.safe_load((package_dir / "config" / "mini.yaml").read_text())
    environment = Elsewhere(told.get("environment", {}).get("env", {}))
    model = LitellmModel(
        **told.get("model", {})
        | {
            "model_name": f"openai/{given['model']}",
            "model_kwargs": {
                "api_base": given["endpoint"],
                "api_key": os.environ.get("OPENAI_API_KEY") or "none",
                "max_tokens": min(OUTPUT_TOKENS, given["window"] // 4),
                "drop_params": True,
            },
            "cost_tracking": "ignore_errors",
        }
    )
    settings = told["agent"] | {"cost_limit": 0.0, "wall_time_limit_seconds": int(given["wall"])}
    kept = ("system_template", "instance_template", "step_limit", "cost_limit")
    settings = {name: settings[name] for name in (*kept, "wall_time_limit_seconds")}
    agent = DefaultAgent(model, environment, **settings)
    try:
        ended = agent.run(task).get("exit_status", "")
    except Exception as error:  # noqa: BLE001 - whatever ends it is its exit
        ended = type(error).__name__
    said({"exit": ended, "calls": agent.n_calls, **usage(agent.messages)})


def usage(messages: list[dict[str, Any]]) -> dict[str, int]:
    """Add up what the server counted."""
    counted = [
        one.get("extra", {}).get("response", {}).get("usage") or {}
        for one in messages
        if isinstance(one.get("extra", {}).get("response"), dict)
    ]
    return {
        name: sum(one.get(name) or 0 for one in counted)
        for name in ("prompt_tokens", "completion_tokens")
    }


class Elsewhere:
    """An environment whose commands are run by whoever started this."""

    def __init__(self, env: dict[str, str]) -> None:
        self.config = None
        self._env = env

    def execute(self, action: dict[str, Any], cwd: str = "") -> dict[str, Any]:  # noqa: ARG002 - the agent's own form
        from minisweagent.exceptions import Submitted

        said({"execute": action.get("command", ""), "env": self._env})
        answer = json.loads(sys.stdin.readline())
        output = {"exception_info": "", **answer}
        lines = output["output"].lstrip().splitlines(keepends=True)
        if lines and lines[0].strip() == SUBMITTED and output["returncode"] == 0:
            extra = {"exit_status": "Submitted", "submission": "".join(lines[1:])}
            raise Submitted({"role": "exit", "content": "", "extra": extra})
        return output

    def get_template_vars(self, **more: Any) -> dict[str, Any]:
        system = {"system": "Linux", "release": "", "version": "", "machine": "x86_64"}
        return {**system, "cwd": "/workspace", **more}

    def serialize(self) -> dict[str, Any]:
        return {}


main()
