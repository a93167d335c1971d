"""Three small repositories, each with what a capable model is asked, looks at and claims of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import commit_all, git, git_repository, write_files


@dataclass(frozen=True)
class Asked:
    """One repository: its files before and after a commit, and a conversation about it."""

    files: Mapping[str, str | bytes]
    change: Mapping[str, str | bytes]
    message: str
    question: str
    follow_up: str
    """It names nothing: what it means stands in the question before."""
    alone: str
    looks: Sequence[tuple[str, Mapping[str, Any]]]
    right: Sequence[str]
    """Claims that hold; {commit} is that of the change."""
    wrong_lines: tuple[str, str]
    """A claim whose lines do not hold its names, and how the model repairs it."""
    unproven: str
    """A claim whose lines are there and do not hold its name; it is said again."""
    refused: str
    """What answers the follow-up, and where."""
    place: str

    def make(self, folder: Path) -> Path:
        root = git_repository(folder, self.files)
        write_files(root, self.change)
        commit_all(root, self.message)
        return root

    def with_commit(self, root: Path) -> list[str]:
        commit = git(root, "rev-parse", "HEAD")[:10]
        return [one.replace("{commit}", commit) for one in self.right]


QUEUE = '''"""Jobs that wait."""

from collections import deque


class JobQueue:
    """First in, first out."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.waiting: deque[str] = deque()

    def push(self, job: str) -> None:
        """Let a job wait for its turn."""
        self.waiting.append(job)

    def pop(self) -> str:
        """Return the job that has waited longest."""
        return self.waiting.popleft()
'''
FULL = QUEUE.replace(
    "        self.waiting.append(job)\n",
    "        if len(self.waiting) >= self.most:\n"
    '            raise OverflowError("the queue is full")\n'
    "        self.waiting.append(job)\n",
)
PYTHON = Asked(
    {
        "jobs/queue.py": QUEUE,
        "jobs/worker.py": '"""Does jobs."""\n\nfrom jobs.queue import JobQueue\n\n\n'
        "def run_next(queue: JobQueue) -> str:\n    job = queue.pop()\n    return job.upper()\n",
        "README.md": "# Jobs\n\nA queue and its worker.\n",
    },
    {"jobs/queue.py": FULL},
    "Refuse jobs in push when the queue is full\n\nA night of retries had filled the memory.",
    "How does `push` of the job queue let a job wait?",
    "And when does it refuse one?",
    "When does `push` refuse a job?",
    [
        ("find", {"pattern": "def push"}),
        ("history", {"question": "queue full", "path": "jobs"}),
        ("read", {"path": "jobs/queue.py"}),
        ("read", {"path": "jobs/worker.py"}),
    ],
    [
        "`push` appends the job to `waiting` [jobs/queue.py:13-17]",
        "`run_next` takes the oldest by `pop` [jobs/worker.py:6-8]",
        'It refuses since "retries had filled the memory" in `push` [commit:{commit}]',
    ],
    (
        "`pop` returns what `popleft` gives [jobs/queue.py:1-3]",
        "`pop` returns what `popleft` gives [jobs/queue.py:19-21]",
    ),
    "`push` wakes the `Scheduler` [jobs/queue.py:13-17]",
    "`push` raises `OverflowError` when `most` jobs wait [jobs/queue.py:13-17]",
    "jobs/queue.py:13-17",
)

STORE = """import { hash } from "./hash";

export interface Session {
  user: string;
  until: number;
}

export class SessionStore {
  private sessions = new Map<string, Session>();

  open(user: string, until: number): string {
    const token = hash(user + until);
    this.sessions.set(token, { user, until });
    return token;
  }

  userOf(token: string, now: number): string | undefined {
    return this.sessions.get(token)?.user;
  }
}
"""
EXPIRED = STORE.replace(
    "    return this.sessions.get(token)?.user;\n",
    "    const session = this.sessions.get(token);\n"
    "    if (session && session.until < now) {\n"
    '      throw new RangeError("the session is over");\n'
    "    }\n"
    "    return session?.user;\n",
)
TYPESCRIPT = Asked(
    {
        "src/store.ts": STORE,
        "src/hash.ts": "export function hash(text: string): string {\n"
        "  let value = 7;\n  for (const letter of text) {\n"
        "    value = (value * 31 + letter.charCodeAt(0)) % 1000003;\n  }\n"
        "  return value.toString(16);\n}\n",
        "package.json": '{"name": "sessions", "version": "1.0.0"}\n',
    },
    {"src/store.ts": EXPIRED},
    "Let userOf refuse sessions that are over\n\nA stolen token had worked for a year.",
    "How does `userOf` find the user of a token?",
    "And what is refused by it?",
    "What does `userOf` refuse?",
    [
        ("search", {"question": "userOf session token"}),
        ("history", {"question": "sessions over"}),
        ("read", {"file_path": "src/store.ts"}),
        ("read", {"path": "src/hash.ts"}),
    ],
    [
        "`userOf` gets the `session` of the token from `sessions` [src/store.ts:17-23]",
        "`open` makes the token by `hash` [src/store.ts:11-15; src/hash.ts:1-7]",
        "`userOf` refuses them since a stolen token had worked [commit {commit}]",
    ],
    (
        "`hash` multiplies by 31 with `charCodeAt` [src/store.ts:1-6]",
        "`hash` multiplies by 31 with `charCodeAt` [src/hash.ts:1-7]",
    ),
    "`userOf` writes an `AuditLog` [src/store.ts:17-23]",
    "`userOf` throws a `RangeError` where `until` is past [src/store.ts:17-23]",
    "src/store.ts:17-23",
)

LEDGER = """package ledger

import "errors"

// Ledger holds what each account has.
type Ledger struct {
\tbalances map[string]int64
}

// Transfer moves money from one account to another.
func (l *Ledger) Transfer(from, to string, amount int64) error {
\tl.balances[from] -= amount
\tl.balances[to] += amount
\treturn nil
}

// ErrShort says that an account has too little.
var ErrShort = errors.New("too little money")
"""
COVERED = LEDGER.replace(
    "\tl.balances[from] -= amount\n",
    "\tif l.balances[from] < amount {\n\t\treturn ErrShort\n\t}\n\tl.balances[from] -= amount\n",
)
GO = Asked(
    {
        "ledger/ledger.go": LEDGER,
        "cmd/pay/main.go": 'package main\n\nimport "example.org/bank/ledger"\n\n'
        "// payRent moves the rent of a month.\n"
        "func payRent(book *ledger.Ledger, tenant string) error {\n"
        '\treturn book.Transfer(tenant, "landlord", 900)\n}\n\nfunc main() {}\n',
        "go.mod": "module example.org/bank\n\ngo 1.21\n",
    },
    {"ledger/ledger.go": COVERED},
    "Have Transfer return ErrShort\n\nThe bank had lent money without knowing it.",
    "How does `Transfer` move money between accounts?",
    "And what does it not allow?",
    "What does `Transfer` not allow?",
    [
        ("symbols", {"name": "Transfer", "what": "callers"}),
        ("history", {"query": "lent money"}),
        ("read", {"path": "ledger/ledger.go"}),
        ("read", {"path": "cmd/pay/main.go"}),
    ],
    [
        "`Transfer` takes `amount` off one of the `balances` [ledger/ledger.go:11-18]",
        "`payRent` calls `Transfer` [cmd/pay/main.go:6-8]",
        'The reason: "lent money without knowing it", so `ErrShort` [commit:{commit}]',
    ],
    (
        "`ErrShort` is made by `errors` [ledger/ledger.go:5-8]",
        "`ErrShort` is made by `errors` [ledger/ledger.go:20-21]",
    ),
    "`Transfer` takes the `Mutex` first [ledger/ledger.go:11-18]",
    "`Transfer` returns `ErrShort` for too little [ledger/ledger.go:11-14]",
    "ledger/ledger.go:11-14",
)
ASKED = {"python": PYTHON, "typescript": TYPESCRIPT, "go": GO}
