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

ALL: Final = frozenset(
    [
        DENIED,
        IGNORED_BY_ROOFTREEIGNORE,
        TOO_LARGE,
        BINARY,
        MINIFIED,
        GENERATED,
        LFS_POINTER,
        EMPTY,
        SYMLINK,
        NOT_REGULAR,
        UNREADABLE,
        SUBMODULE,
        WORKTREE,
        DEPENDENCY_TREE,
        VANISHED,
    ]
)
