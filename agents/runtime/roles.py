"""Roles of a flow as a GraphFlow of AutoGen's: who speaks after whom is decided by what was said.

Each role is a function of ours that does its work and says one word; edges name the word that they
follow. The graph is made so that loops work: every edge is its own activation group, and any one of
them wakes its target (the default waits for all, and a loop never starts).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.teams import DiGraphBuilder, GraphFlow
from autogen_core import CancellationToken

from agents.runtime.teams import run_team
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.spans import span

FAILED = "failed"
"""What a role says that an error ended; no edge follows it."""
RoleWork = Callable[[], Awaitable[str]]
"""Does what a role does, and says the word that decides who is next."""


@dataclass(frozen=True, slots=True)
class RoleEdge:
    """After `source` has said `word`, it is `target`'s turn."""

    source: str
    word: str
    target: str


class RoleAgent(BaseChatAgent):
    """One role, to AutoGen an agent like any other."""

    def __init__(self, name: str, work: RoleWork, events: EventLog) -> None:
        super().__init__(name, description=f"the {name} of the team")
        self._work = work
        self._events = events
        self.failure: Exception | None = None
        """The error that ended the role; a team of AutoGen's tells errors as text."""

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        self._events.emit("agent.started", agent=self.name)
        working = asyncio.ensure_future(self._traced())
        cancellation_token.link_future(working)
        try:
            word = await working
        except asyncio.CancelledError:
            if not _ended_by(cancellation_token):
                raise
            # Raised it would be a traceback of AutoGen's; who ended the team knows why.
            word = FAILED
        except Exception as error:  # noqa: BLE001 - raised again, by `run_roles`
            # Raised through AutoGen it would be a text and a traceback in the log.
            self.failure = error
            word = FAILED
        finally:
            if not working.done():
                # AutoGen has stopped waiting; what runs in the sandbox must not outlive that.
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        self._events.emit("agent.finished", agent=self.name, said=word)
        return Response(chat_message=TextMessage(content=word, source=self.name))

    async def _traced(self) -> str:
        with span(f"agent {self.name}", agent=self.name) as current:
            word = await self._work()
            current.set_attribute("rooftree.said", word)
            return word

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """A role keeps nothing here; its flow does."""


async def run_roles(
    roles: Mapping[str, RoleWork],
    edges: Sequence[RoleEdge],
    *,
    task: str,
    most_turns: int,
    wall_seconds: float,
    events: EventLog,
) -> None:
    """Run a flow from its first role until no edge leads on; raises the error that ended a role."""
    agents = {name: RoleAgent(name, work, events) for name, work in roles.items()}
    team = GraphFlow(
        list(agents.values()), graph=_graph(agents, edges).build(), max_turns=most_turns
    )
    await run_team(
        team, task, clients=list(agents.values()), wall_seconds=wall_seconds, events=events
    )
    for agent in agents.values():
        if agent.failure is not None:
            raise agent.failure


def _ended_by(token: CancellationToken) -> bool:
    """Say whether the team was ended by us, and the task that runs the role goes on."""
    task = asyncio.current_task()
    return token.is_cancelled() and (task is None or not task.cancelling())


def _graph(agents: Mapping[str, RoleAgent], edges: Sequence[RoleEdge]) -> DiGraphBuilder:
    builder = DiGraphBuilder()
    for agent in agents.values():
        builder.add_node(agent, activation="any")
    for edge in edges:
        builder.add_edge(
            agents[edge.source],
            agents[edge.target],
            condition=_says(edge.word),
            activation_group=f"{edge.source}-{edge.word}",
            activation_condition="any",
        )
    builder.set_entry_point(next(iter(agents.values())))
    return builder


def _says(word: str) -> Callable[[BaseChatMessage], bool]:
    return lambda message: isinstance(message, TextMessage) and message.content == word
