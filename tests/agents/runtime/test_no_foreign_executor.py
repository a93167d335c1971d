"""Nothing runs code but our sandbox: AutoGen's executors and loaders are named nowhere."""

from pathlib import Path

import pytest

FORBIDDEN = (
    "LocalCommandLineCodeExecutor",
    "DockerCommandLineCodeExecutor",
    "create_default_code_executor",
    "JupyterCodeExecutor",
    "PythonCodeExecutionTool",
    "load_component",
    "autogen_ext",
)
PRODUCT = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "training", "server")


@pytest.mark.parametrize("name", FORBIDDEN)
def test_autogens_own_executors_and_loaders_are_never_used(name: str) -> None:
    root = Path(__file__).parents[3]
    users = [
        path
        for folder in PRODUCT
        for path in (root / folder).rglob("*.py")
        if name in path.read_text("utf-8")
    ]
    assert users == []
