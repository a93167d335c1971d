"""Paths that a change may not touch, or only where a person names them.

Files that configure version control, editors, agents, shells and CI, and what is installed, are
programs that other users run, many of them as soon as the folder is opened. Names are compared
as a forgiving file system would, and whether or not the file exists. A project's own build
(Makefile, package.json, build.gradle, build.rs, conftest.py) is its source and is not among them,
though some editors run that too.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Literal

PathProtection = Literal["never", "guarded"]

NEVER = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".ssh", ".gnupg"})
"""No part of a path may be one of these."""

GUARDED_PARTS = frozenset(
    [
        # What a forge or a build server runs.
        *(".github", ".gitlab", ".gitea", ".forgejo", ".circleci", ".buildkite", ".tekton"),
        *(".woodpecker", ".semaphore", ".azure-pipelines", ".teamcity", ".builds", ".zuul.d"),
        *(".codefresh", ".harness", ".pipelines"),
        # What an editor, a shell or a hook of git runs when the folder is opened.
        *(".husky", ".githooks", ".lefthook", ".vscode", ".idea", ".fleet", ".zed", ".vs", ".run"),
        *(".vim", ".nvim", ".theia", ".devcontainer", ".mise", ".rtx", ".direnv", ".yarn"),
        *(".helix", ".nova", ".bsp", ".shadowenv.d", ".flox", ".git-hooks", ".hooks"),
        # What a workspace in the cloud runs as soon as it is there.
        *(".gitpod", ".codesandbox", ".idx"),
        # What agents take as their orders, tools and permissions.
        *(".cursor", ".claude", ".codex", ".windsurf", ".continue", ".aider", ".rooftree"),
        *(".kiro", ".roo", ".clinerules", ".opencode", ".gemini", ".qwen", ".kilocode", ".trae"),
        *(".amazonq", ".augment", ".junie", ".goose", ".openhands", ".crush", ".agent", ".agents"),
        *(".amp", ".cline", ".codebuddy", ".factory", ".iflow", ".mcp", ".qoder", ".rovodev"),
        *(".warp", ".zencoder"),
        # What build tools read besides the project's own files.
        *(".cargo", ".mvn"),
        # What is installed.
        *(".venv", "venv", "site-packages", "node_modules", "__pycache__", ".tox", ".nox"),
    ]
)
GUARDED_NAMES = frozenset(
    [
        *(".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", "azure-pipelines.yml"),
        *("azure-pipelines.yaml", "jenkinsfile", ".drone.yml", ".drone.yaml", ".drone.star"),
        *("bitbucket-pipelines.yml", "bitbucket-pipelines.yaml", ".woodpecker.yml"),
        *(".woodpecker.yaml", "appveyor.yml", ".appveyor.yml", ".cirrus.yml", ".cirrus.star"),
        *("buildspec.yml", "cloudbuild.yaml", ".build.yml", ".zuul.yaml", "zuul.yaml"),
        *("buildspec.yaml", "cloudbuild.yml", "cloudbuild.json", ".drone.jsonnet", "codefresh.yml"),
        *("screwdriver.yaml", "wercker.yml", ".readthedocs.yaml", ".readthedocs.yml"),
        *(".gitpod.yml", ".gitpod.dockerfile", ".replit", "replit.nix", ".stackblitzrc"),
        *("devfile.yaml", ".devfile.yaml", "prek.toml", ".autoenv", ".autoenv.zsh"),
        *(".pre-commit-config.yaml", ".pre-commit-hooks.yaml", ".overcommit.yml"),
        *(".gitmodules", ".gitattributes", ".gitconfig", ".mailmap", "codeowners"),
        *(".mcp.json", "mcp.json", "agents.md", "agent.md", "claude.md", "claude.local.md"),
        *("gemini.md", "qwen.md", "crush.md", ".cursorrules", ".windsurfrules", ".roomodes"),
        *("agents.override.md", "iflow.md", "warp.md", ".kilocodemodes"),
        *(".goosehints", ".rules", "opencode.json", "opencode.jsonc", "crush.json", ".crush.json"),
        *(".envrc", ".tool-versions", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".netrc"),
        *(".rtx.toml", ".devcontainer.json", "devbox.json", "pyvenv.cfg"),
        *(".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".inputrc"),
        *(".zshrc", ".zshenv", ".zprofile", ".zlogin", ".cshrc", ".tcshrc", ".kshrc"),
        *("sitecustomize.py", "usercustomize.py", ".pdbrc", ".pdbrc.py", ".pythonrc.py"),
        *(".gdbinit", ".lldbinit", ".vimrc", ".exrc", ".nvimrc", ".lvimrc", ".nvim.lua"),
        *(".dir-locals.el", ".dir-locals-2.el", ".irbrc", ".pryrc", ".iex.exs", ".ghci"),
        *(".rprofile", ".renviron", ".luacheckrc", ".luarc.json", ".credo.exs", ".formatter.exs"),
        *(".pnp.cjs", ".pnp.js", ".pnp.loader.mjs", ".bazelrc", ".pylintrc", ".rubocop.yml"),
        *(".solargraph.yml", ".phpactor.json", ".phpactor.yml", "omnisharp.json", ".luarc.jsonc"),
        *(".lazy.lua", ".neoconf.json", ".vimrc.local", ".local.vimrc", ".ycm_extra_conf.py"),
        *(".pnpmfile.cjs", ".pnpmfile.mjs", "bunfig.toml", "ipython_config.py"),
    ]
)
GUARDED_BEGINNINGS = (
    *(".rooftree", ".aider", ".env", "copilot-instructions", ".config/mise", ".config/lefthook"),
    # Editors load them, with the programs that they are or name, to mark faults while typing.
    *(".eslintrc", "eslint.config.", ".prettierrc", "prettier.config.", ".stylelintrc"),
    *(".markdownlint-cli2.", ".markdownlint.", ".cspell.", "cspell.config.", ".textlintrc"),
    *("stylelint.config.", ".lintstagedrc", "lint-staged.config.", ".huskyrc", "husky.config."),
    *(".simple-git-hooks.", "simple-git-hooks."),
)
"""How a part of a path begins, or a part with the one below it."""
GUARDED_FORMS = re.compile(
    r"\.?mise(?:\.[^.]{1,64})?\.toml|\.?lefthook(?:-local)?\.(?:ya?ml|toml|jsonc?)"
    r"|jupyter(?:_[a-z]{1,32})?_config\.(?:py|json)"
)
"""Whole names with a variable part."""
GUARDED_ENDS = (".pth", ".code-workspace", ".sublime-project", ".sublime-workspace")
"""Python runs the first wherever it begins; editors take tasks and settings from the others."""


def protection(path: str) -> PathProtection | None:
    """Say how a root-relative path is protected; None where a change may touch it."""
    parts = [_folded(part) for part in path.split("/")]
    if not NEVER.isdisjoint(parts):
        return "never"
    if not GUARDED_PARTS.isdisjoint(parts) or parts[-1] in GUARDED_NAMES:
        return "guarded"
    if parts[-1].endswith(GUARDED_ENDS) or GUARDED_FORMS.fullmatch(parts[-1]):
        return "guarded"
    pairs = ("/".join(pair) for pair in pairwise(parts))
    if any(place.startswith(GUARDED_BEGINNINGS) for place in (*parts, *pairs)):
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
