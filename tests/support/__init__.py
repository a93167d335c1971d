"""What tests of several rooms build on; nothing here is a mock.

- `repositories`: repositories made by git, and indexes of them
- `embedding`: a small exact embedder
- `waiting`: waiting for what another process brings about
- `scripted_model`: the scripted OpenAI-compatible server, with its `replies` and its `wire_server`
"""

from tests.support.embedding import HashingEmbedder, exact_nearest, text_key
from tests.support.repositories import (
    IDENTITY,
    bring_up_to_date,
    commit_all,
    config_in,
    git,
    git_repository,
    indexed,
    project,
    unit_ids,
    write_files,
)
from tests.support.waiting import until, within_a_second

__all__ = [
    "IDENTITY",
    "HashingEmbedder",
    "bring_up_to_date",
    "commit_all",
    "config_in",
    "exact_nearest",
    "git",
    "git_repository",
    "indexed",
    "project",
    "text_key",
    "unit_ids",
    "until",
    "within_a_second",
    "write_files",
]
