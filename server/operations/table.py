"""The table of operations: all that rooftree can be asked to do, whatever the face."""

from typing import Any

from server.operations.find.ask import ASK
from server.operations.find.history import HISTORY
from server.operations.find.references import REFERENCES
from server.operations.find.repository_map import MAP
from server.operations.find.search import SEARCH
from server.operations.find.symbols import SYMBOLS
from server.operations.index.index import INDEX
from server.operations.index.languages import LANGUAGES
from server.operations.index.project import PROJECT
from server.operations.index.status import STATUS
from server.operations.operation import Operation
from server.operations.work.apply import APPLY
from server.operations.work.change import CHANGE
from server.operations.work.diff import DIFF
from server.operations.work.replay import REPLAY
from server.operations.work.resume import RESUME
from server.operations.work.review import REVIEW
from server.operations.work.run import RUN
from server.operations.work.runs import RUNS
from server.operations.work.undo import UNDO

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    SEARCH,
    SYMBOLS,
    REFERENCES,
    MAP,
    HISTORY,
    ASK,
    STATUS,
    LANGUAGES,
    PROJECT,
    INDEX,
    CHANGE,
    REVIEW,
    RUNS,
    RUN,
    DIFF,
    APPLY,
    UNDO,
    RESUME,
    REPLAY,
)
