"""A build backend that builds nothing: it copies the archive's own PKG-INFO as its metadata.

pip insists on asking an archive's build backend for metadata before it keeps the archive. `sources`
puts copies of this file on the module path under the names of the real backends, so pip asks us
and no code of the archive, nor any code that would read it as code, is run.
"""

from email.parser import BytesHeaderParser
from pathlib import Path


def get_requires_for_build_wheel(
    config_settings: object = None,  # noqa: ARG001 - the name is PEP 517's
) -> list[str]:
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str,
    config_settings: object = None,  # noqa: ARG001 - the name is PEP 517's
) -> str:
    information = Path("PKG-INFO").read_bytes()
    fields = BytesHeaderParser().parsebytes(information)
    name = str(fields["Name"]).replace("-", "_")
    folder = Path(metadata_directory) / f"{name}-{fields['Version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_bytes(information)
    return folder.name
