"""The repositories that callers may name: over TCP only those the server was started with."""

import os
from collections.abc import Sequence
from pathlib import Path

from server.access.api_keys import CallerAccess
from server.base.error_bodies import refuse


class AllowedRoots:
    """What a path in a request means."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = {os.path.normpath(root): root for root in roots}

    def serves(self, repo: str) -> bool:
        """Say whether TCP clients may name a repository."""
        return os.path.normpath(repo) in self._roots

    def named(self, given: str, access: CallerAccess) -> str:
        """Return a repository's path; refuse one that is not served."""
        if not given.startswith("/") or "\0" in given:
            raise refuse(400, "relative_path", "repo must be an absolute path", "repo")
        if access.local:
            return given
        # By name alone: what else lies on this machine is not for a caller to find out.
        root = self._roots.get(os.path.normpath(given))
        if root is None:
            served = ", ".join(sorted(self._roots)) or "none"
            raise refuse(
                403,
                "repository_not_served",
                f"the repository {given[:200]!r} is not served here; served: {served}",
                "repo",
            )
        return str(root)
