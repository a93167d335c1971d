"""The version of a package that lies in `node_modules`, where a project's commands look for it."""

import json
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError

LARGEST = 1 << 20


def node_version(root: Path, manifest: str, name: str) -> str | None:
    """Return the version nearest above a package.json; "" where there is none, None if unknown."""
    parts = manifest.split("/")[:-1]
    for end in range(len(parts), -1, -1):
        folder = "".join(f"{one}/" for one in parts[:end])
        try:
            found = read_beneath(root, f"{folder}node_modules/{name}/package.json", LARGEST)
            told = json.loads(found.data)
        except FileNotFoundError:
            continue
        except (OSError, ToolRefusedError, ValueError, RecursionError):
            return None  # such as a link, which leads who knows where
        version = told.get("version") if isinstance(told, dict) else None
        return version if isinstance(version, str) and version.isprintable() else None
    return ""
