"""The version in `node_modules` is the nearest one above, and one behind a link is not known."""

from pathlib import Path

import pytest

from tests.support import write_files
from tools.upgrading.node_installed import node_version

INSTALLED = {
    "node_modules/lodash/package.json": '{"version": "4.17.20"}',
    "web/node_modules/lodash/package.json": '{"version": "4.17.21"}',
    "node_modules/@types/node/package.json": '{"version": "20.1.0"}',
    "node_modules/broken/package.json": "{",
    "node_modules/strange/package.json": '{"version": "1\\u001b[0m"}',
}


@pytest.mark.parametrize(
    ("manifest", "name", "version"),
    [
        ("package.json", "lodash", "4.17.20"),
        ("web/package.json", "lodash", "4.17.21"),
        ("app/package.json", "lodash", "4.17.20"),
        ("package.json", "@types/node", "20.1.0"),
        ("package.json", "none", ""),
        ("package.json", "broken", None),
        ("package.json", "strange", None),
        ("package.json", "linked", None),
        ("package.json", "../../etc", None),
    ],
)
def test_the_nearest_version_is_told(
    tmp_path: Path, manifest: str, name: str, version: str | None
) -> None:
    write_files(tmp_path, INSTALLED)
    (tmp_path / "node_modules" / "linked").symlink_to(tmp_path / "node_modules" / "lodash")
    assert node_version(tmp_path, manifest, name) == version
