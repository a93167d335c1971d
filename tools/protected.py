"""Paths that a change may not touch, or only where a person names them.

Files that configure version control, editors, agents, shells and CI, and what is installed, are
programs that somebody else runs. Names are compared as a forgiving file system would, and whether
or not the file exists.
"""

import unicodedata
from typing import Literal

Protection = Literal["never", "guarded"]

NEVER = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".ssh", ".gnupg"})
"""No part of a path may be one of these."""

GUARDED_PARTS = frozenset(
    [
        *(".github", ".gitlab", ".gitea", ".forgejo", ".circleci", ".buildkite", ".husky"),
        *(".vscode", ".idea", ".fleet", ".zed", ".cursor", ".claude", ".codex", ".windsurf"),
        *(".continue", ".aider", ".devcontainer", ".rooftree", ".cargo", ".mvn", ".githooks"),
        *(".venv", "venv", "site-packages", "node_modules", "__pycache__", ".tox", ".nox"),
    ]
)
GUARDED_NAMES = frozenset(
    [
        *(".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", "jenkinsfile", ".drone.yml"),
        *("bitbucket-pipelines.yml", ".woodpecker.yml", "appveyor.yml", ".pre-commit-config.yaml"),
        *(".gitmodules", ".gitattributes", ".gitconfig", ".mailmap", "codeowners"),
        *(".mcp.json", "agents.md", "claude.md", "gemini.md", ".cursorrules", ".windsurfrules"),
        *(".envrc", ".tool-versions", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".netrc"),
        *(".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".zprofile", ".inputrc"),
        *("sitecustomize.py", "usercustomize.py", ".pdbrc", ".gdbinit", ".vimrc", ".exrc"),
    ]
)
GUARDED_BEGINNINGS = (".rooftree", ".aider", ".env", "copilot-instructions")
GUARDED_ENDS = (".pth",)
"""Python runs such a file wherever it begins."""


def protection(path: str) -> Protection | None:
    """Say how a root-relative path is protected; None where a change may touch it."""
    parts = [_folded(part) for part in path.split("/")]
    if not NEVER.isdisjoint(parts):
        return "never"
    if not GUARDED_PARTS.isdisjoint(parts) or parts[-1] in GUARDED_NAMES:
        return "guarded"
    if parts[-1].endswith(GUARDED_ENDS):
        return "guarded"
    if any(part.startswith(GUARDED_BEGINNINGS) for part in parts):
        return "guarded"
    return None


def _folded(part: str) -> str:
    """Return a name as the most forgiving file system reads it.

    Case and compatible characters count as the same (macOS, Windows), what cannot be seen as
    nothing (HFS+), and a stream or dots and spaces at the end as not there (NTFS).
    """
    visible = "".join(one for one in part if unicodedata.category(one) not in ("Cf", "Cc", "Cs"))
    text = unicodedata.normalize("NFKC", visible).casefold()
    name = text.partition(":")[0].rstrip(". ")
    return ".git" if name in ("git~1", "git~2") else name
