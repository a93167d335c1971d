"""Asking a person for a command that a model wrote, and that is none of the free ones."""

import json

from agents.runs.step_log import key_of
from tools.approvals import ApprovalRequest


def shell_approval_request(command: str, sandbox: str) -> ApprovalRequest:
    """Ask for one command that a model wrote, shown as it is and for what it is."""
    return ApprovalRequest(
        "shell",
        "run a command that the model wrote, in the sandbox",
        {"command": command, "sandbox": sandbox},
        key_of(json.dumps(["shell", command])),
    )
