"""What goes wrong on order: refusals, rate limits, broken and lost answers, silence, all of Slack away.

Knows which call is meant, nothing of how it is carried; the server acts out what `next_for` gives. `response_url`
names an answer by response URL, and `*` any method.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import TypeAlias

ANY = "*"
RESPONSE_URL = "response_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """HTTP 429 with `Retry-After` in seconds; nothing happened."""

    retry_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Slack's own error code; nothing happened."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What some router in front of Slack answers with; nothing happened."""

    status: int
    content_type: str = "text/html"
    body: str = "upstream connect error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The connection breaks without an answer, before the effect or after it (then it happened all the same)."""

    after_effect: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """No answer until `released` is set, then the normal one. With `after_effect` it happens before the silence."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    after_effect: bool


Fault: TypeAlias = Limited | Refusing | Broken | Dropped | Hanging


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`times` is how many calls it still meets; without `channel` it meets the method everywhere."""

    method: str
    fault: Fault
    times: int
    channel: str | None = None

    def meets(self, method: str, channel: str) -> bool:
        return self.method in {ANY, method} and self.channel in {None, channel}


class Faults:
    """The orders that stand, served in the order they were given."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self.is_away = False
        """While true every call and every new connection is dropped; `SlackStandIn.go_away` sets it."""

    def limit(self, method: str, *, times: int = 1, retry_after: int = 1, channel: str | None = None) -> None:
        self._order(method, Limited(retry_after=retry_after), times, channel)

    def refuse(self, method: str, code: str, *, times: int = 1, channel: str | None = None) -> None:
        self._order(method, Refusing(code=code), times, channel)

    def break_with(
        self,
        method: str,
        status: int = 503,
        *,
        times: int = 1,
        channel: str | None = None,
        content_type: str = "text/html",
        body: str = "upstream connect error",
    ) -> None:
        self._order(method, Broken(status=status, content_type=content_type, body=body), times, channel)

    def drop(self, method: str, *, times: int = 1, channel: str | None = None) -> None:
        """The call never arrives."""
        self._order(method, Dropped(after_effect=False), times, channel)

    def lose_answer(self, method: str, *, times: int = 1, channel: str | None = None) -> None:
        """The call has its effect, its answer is lost."""
        self._order(method, Dropped(after_effect=True), times, channel)

    def hang(
        self, method: str, *, times: int = 1, channel: str | None = None, after_effect: bool = False
    ) -> asyncio.Event:
        """The calls wait until the returned event is set."""
        fault = Hanging(after_effect=after_effect)
        self._order(method, fault, times, channel)
        return fault.released

    def clear(self) -> None:
        """Forgets every order; calls that hang already stay until their event is set."""
        self._orders.clear()

    def next_for(self, method: str, channel: str) -> Fault | None:
        """Takes the first order that meets this call."""
        for index, order in enumerate(self._orders):
            if order.meets(method, channel):
                if order.times > 1:
                    self._orders[index] = replace(order, times=order.times - 1)
                else:
                    del self._orders[index]
                return order.fault
        return None

    def _order(self, method: str, fault: Fault, times: int, channel: str | None) -> None:
        if times < 1:
            raise ValueError("times must be at least 1")
        self._orders.append(Order(method=method, fault=fault, times=times, channel=channel))
