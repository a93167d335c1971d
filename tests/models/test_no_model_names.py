import ast
import re
from collections.abc import Iterator
from pathlib import Path

FAMILIES = re.compile(
    r"qwen|llama-?[234]|mistral|codestral|devstral|deepseek|smollm|starcoder|gemma|granite|phi-?\d"
    r"|gpt-(?:oss|[345])|claude|kimi|glm-",
    re.IGNORECASE,
)
FOLDERS = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "server")
ALLOWED = {
    # What a config.json calls a kind of architecture decides how its parameters are counted.
    "models/sizing/architecture.py",
}


def texts(path: Path) -> Iterator[str]:
    """Yield every text in the code of a module that is no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    documents = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documents:
            yield node.value


def test_no_behaviour_depends_on_a_models_name() -> None:
    """Data files may name models: weights to be pulled, licences, presets of sizing."""
    found = {
        (str(path), text)
        for folder in FOLDERS
        for path in sorted(Path(folder).rglob("*.py"))
        if str(path) not in ALLOWED
        for text in texts(path)
        if FAMILIES.search(text)
    }
    assert found == set()
