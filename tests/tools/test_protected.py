"""What runs when a folder is opened is changed only where a person has named it."""

import pytest

from tools.protected import protection

GUARDED = (
    "mise.toml",
    ".mise.toml",
    "mise.local.toml",
    ".mise.dev.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
    "sub/.config/MISE/conf.d/a.toml",
    ".nvim.lua",
    ".dir-locals.el",
    ".kiro/hooks/run.json",
    ".roo/rules.md",
    ".clinerules",
    ".clinerules/01.md",
    "opencode.json",
    "shop.code-workspace",
    "sub/Shop.Code-Workspace",
    ".cirrus.yml",
    ".tekton/push.yaml",
    "lefthook.yml",
    "lefthook.toml",
    ".lefthook.json",
    "lefthook-local.yml",
    ".config/lefthook.yml",
    ".eslintrc.js",
    ".eslintrc.cjs",
    ".eslintrc",
    "web/eslint.config.mjs",
    "eslint.config.ts",
    ".prettierrc.js",
    "stylelint.config.js",
    ".pnp.cjs",
    ".yarn/releases/yarn.cjs",
    ".opencode/command/x.md",
    ".gemini/settings.json",
    ".qwen/settings.json",
    ".Rprofile",
    ".pylintrc",
    ".devcontainer.json",
    "Eslint.Config.JS",
    "mise.toml ",
    "mise.toml::$DATA",
)
FREE = (
    "eslint/config.py",
    "src/promise.toml",
    "docs/mise/en/place.md",
    ".config/settings.toml",
    "config/mise.md",
    "lefthook/run.go",
    "src/kiro.py",
    "tekton/task.py",
    "gemini.py",
    "opencode.py",
    "code-workspace.md",
    "package.json",
    "Makefile",
)


@pytest.mark.parametrize("path", GUARDED)
def test_it_is_guarded(path: str) -> None:
    assert protection(path) == "guarded"


@pytest.mark.parametrize("path", FREE)
def test_what_is_only_named_alike_is_free(path: str) -> None:
    assert protection(path) is None
