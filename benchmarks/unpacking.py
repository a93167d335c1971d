"""Unpack a foreign archive without leaving the folder that it is unpacked to."""

import tarfile
from pathlib import Path, PurePosixPath


def unpack_into(archive: Path, target: Path) -> None:
    """Unpack all of it; tarfile.TarError where a part would lie elsewhere, or is no plain file.

    Python 3.11 knows the filter for that from 3.11.4 on; before, links are refused altogether.
    """
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(target, filter="data")
            return
        for member in tar.getmembers():
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
                raise tarfile.ExtractError(f"{member.name!r} may lead out of the folder")
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        tar.extractall(target)  # noqa: S202 - each member has just been looked at
