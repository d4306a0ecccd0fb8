"""What the parts say of their work to whoever watches: metrics, traces, or nobody.

Knows neither of these; whoever watches must not fail, and hears of no secret.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

What = Literal["act", "judge", "buy", "deliver", "provider_call"]


@dataclass(slots=True)
class Step:
    """One thing that is done. `kind` is an act's, a row's, or the provider's route.

    `cause` is what Slack names the click by. A watcher is entered with the step, and reads `outcome` at its end:
    what was broken off stays `unfinished`.
    """

    what: What
    kind: str
    request: str | None = None
    cause: str | None = None
    outcome: str = "unfinished"


@dataclass(frozen=True, slots=True)
class Decided:
    """A click that counted, `seconds` after it was made."""

    decision: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AskedToWait:
    """By a 429 of `slack` or `vobiz`."""

    service: Literal["slack", "vobiz"]


Watcher = Callable[[Step], AbstractContextManager[None]]
Listener = Callable[[Decided | AskedToWait], None]


class Watch:
    """All who watch; nobody, until somebody is added."""

    def __init__(self) -> None:
        self.watchers: list[Watcher] = []
        self.listeners: list[Listener] = []

    @contextmanager
    def over(self, step: Step) -> Iterator[Step]:
        """Around the step."""
        with ExitStack() as watching:
            for watcher in self.watchers:
                watching.enter_context(watcher(step))
            yield step

    def tell(self, what: Decided | AskedToWait) -> None:
        for listener in self.listeners:
            listener(what)
