"""Why a file is left out of the index: a closed set, shown by `status` and counted in coverage."""

from typing import Final

DENIED: Final = "denied"
IGNORED_BY_ROOFTREEIGNORE: Final = "ignored_by_rooftreeignore"
TOO_LARGE: Final = "too_large"
BINARY: Final = "binary"
MINIFIED: Final = "minified"
GENERATED: Final = "generated"
LFS_POINTER: Final = "lfs_pointer"
EMPTY: Final = "empty"
SYMLINK: Final = "symlink"
NOT_REGULAR: Final = "not_regular"
UNREADABLE: Final = "unreadable"
SUBMODULE: Final = "submodule"
WORKTREE: Final = "worktree"
DEPENDENCY_TREE: Final = "dependency_tree"
VANISHED: Final = "vanished"
NOT_CHECKED_OUT: Final = "not_checked_out"
NAME_NOT_UTF8: Final = "name_not_utf8"

IN_WORDS: Final = {
    DENIED: "kept secret by name",
    IGNORED_BY_ROOFTREEIGNORE: "left out by .rooftreeignore",
    TOO_LARGE: "too large",
    SYMLINK: "symbolic links",
    NOT_REGULAR: "no regular files",
    LFS_POINTER: "in Git LFS",
    SUBMODULE: "other repositories inside (submodules)",
    WORKTREE: "other worktrees of the repository",
    DEPENDENCY_TREE: "dependency trees",
    VANISHED: "gone while they were read",
    NOT_CHECKED_OUT: "not checked out (sparse checkout)",
    NAME_NOT_UTF8: "named in no UTF-8",
}
"""How a person is told; the other reasons are words already."""
