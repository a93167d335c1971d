"""Every error that rooftree raises on purpose, in one tree.

RooftreeError                 something a person can act on; shown without a stack trace
├── UsageError                the command or request is wrong                      exit 2
│   ├── ConfigError           a configuration value is wrong                       exit 2
│   └── UnknownModelError     a model, alias or role that nothing serves           exit 2
├── RepositoryError           the path is no repository that can be read           exit 2
│   └── HistoryError          there is no history to look at                       exit 3
├── IndexingError             the index could not be made or read                  exit 3
│   ├── IndexLockedError      another process is writing it                        exit 3
│   ├── IndexDamagedError     the file holds what no index does; index again       exit 3
│   ├── StorageError          the disk is full or the state cannot be written      exit 3
│   └── EmbeddingError        the embedder cannot embed                            exit 3
├── RunsFullError             a server runs as many runs as it may                exit 3
├── EvaluationError           a repository's history is too short to measure       exit 3
├── ModelError                a model could not do what was asked                  exit 3
│   ├── ModelUnavailableError no endpoint, no weights, or the server is down       exit 3
│   ├── ModelTimeoutError     a deadline passed                                    exit 3
│   │   └── WallClockError    a whole run took longer than it may                  exit 3
│   ├── ModelBusyError        every endpoint is full; the request was not sent     exit 3
│   ├── ModelProtocolError    the server answered something that is not the API    exit 3
│   ├── ContextOverflowError  the prompt does not fit into the model's context     exit 3
│   └── WeightsError          weights are missing, damaged or unavailable          exit 3
│       └── LicenceRefusedError  the organisation's policy does not allow them     exit 3
├── BudgetSpentError          a run has used up what it may spend                  exit 3
├── SandboxUnavailableError   nothing contains foreign code here, so none is run     exit 3
└── ToolError                 what a model may see
    ├── ToolRetryError        the arguments were wrong; it may try again
    └── ToolRefusedError      not allowed; it must give up

Messages name the thing, what was expected and what to do next. Exit 1 is kept for "nothing found",
which is an answer and not an error.
"""

from typing import Literal

ProtocolFault = Literal["", "refused", "bad_call", "reasoning", "choice"]


class RooftreeError(Exception):
    """The root of the tree: a failure with a message meant for a person."""

    exit_code = 3


def sentence(error: Exception) -> str:
    """Return what an error says, with what to do that was noted on its way up."""
    return "; ".join([str(error), *getattr(error, "__notes__", ())])


class UsageError(RooftreeError):
    """The command or the request is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration value is missing or wrong."""


class UnknownModelError(UsageError):
    """A name was asked for that is no alias and no model that is served."""


class RepositoryError(RooftreeError):
    """A path is not a folder or repository that can be read."""

    exit_code = 2


class HistoryError(RepositoryError):
    """A folder or repository has no history, or not that which is asked about: nothing was looked
    at."""

    exit_code = 3


class IndexingError(RooftreeError):
    """The index could not be made or read."""


class IndexLockedError(IndexingError):
    """Another process is writing this repository's index."""


class IndexDamagedError(IndexingError):
    """The index cannot be read; the next indexing run sets it aside."""


class StorageError(IndexingError):
    """The disk is full, or the state folder cannot be written."""


class EmbeddingError(IndexingError):
    """The embedder is missing or failed."""


class EvaluationError(RooftreeError):
    """A repository has too little history to be measured or learnt from."""


class RunsFullError(RooftreeError):
    """The server already runs as many runs as it may."""


class ModelError(RooftreeError):
    """A model could not do what was asked of it."""


class ModelUnavailableError(ModelError):
    """There is no endpoint, no weights, or the server does not answer."""


class ModelBusyError(ModelError):
    """Every endpoint that could answer is full, and so is its queue."""


class ModelTimeoutError(ModelError):
    """A deadline passed before the model answered."""


class WallClockError(ModelTimeoutError):
    """A team's whole work took longer than it may."""


class ModelProtocolError(ModelError):
    """The server answered something that is not the API it claims."""

    kind: ProtocolFault = ""
    """What was wrong, where it is known: the request was refused, the server could not read its
    model's own call, it does not take reasoning back, or a tool had to be called and was not."""


class ContextOverflowError(ModelError):
    """The prompt, with the room for an answer, does not fit into the model's context."""


class WeightsError(ModelError):
    """Weights are missing, damaged, or unavailable from every source."""


class LicenceRefusedError(WeightsError):
    """The organisation's policy does not allow the licence of these weights."""


class BudgetSpentError(RooftreeError):
    """A run has used up its model calls, tokens or seconds."""


class SandboxUnavailableError(RooftreeError):
    """Nothing here proves that it contains foreign code, so none is run."""


class ToolError(RooftreeError):
    """A tool failed in a way that the model may be told."""


class ToolRetryError(ToolError):
    """The tool's arguments were wrong; the model may correct them."""


class ToolRefusedError(ToolError):
    """The tool will not do this; the model must give up."""
