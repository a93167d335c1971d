"""What an owner does behind the scenes, done once and in turn."""

from collections.abc import Callable

from server.services.hosted_repository import HostedRepository
from server.services.repositories import fill, refresh_now


def catch_up(
    hosted: HostedRepository,
    may_fill: Callable[[], bool],
    closing: Callable[[], bool] = lambda: False,
) -> None:
    """Look at the files, embed what is new, and have the vector engine filled."""
    refresh_now(hosted, closing)
    fill(hosted, lambda: may_fill() and not closing())
    hosted.fill_engine(lambda: may_fill() and not closing())
