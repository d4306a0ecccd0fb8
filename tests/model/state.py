"""One state of the model, complete and comparable, and the draft in which a step makes the next one."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, Self, TypeAlias

from tests.model import words as w


class Control(NamedTuple):
    """What holds for everything."""

    frozen: int  # 1 now, 2 for more than 5 s
    approvers: int  # who may approve now, as a set of bits: A, B, the requester
    left: tuple[int, ...]  # how often each of `CHANCES` may still happen


class Number(NamedTuple):
    """A number at the provider."""

    price: int  # the terms at which it is on sale, 0 or 1
    owner: int
    by: int  # the attempt that bought it, counted from 1; `CONSOLE`; 0 for nobody
    listed: int  # own numbers and inventory show who owns it
    booked: int  # the ledger shows its last debit
    debits: tuple[tuple[int, int, int], ...]  # (attempt, terms, written off)


class Attempt(NamedTuple):
    """One purchase call, as the bot and the provider know it."""

    request: int
    terms: int
    call: int
    answer: int
    ended: int  # the call is over for the bot: it has an answer, gave up waiting, or the lease ran out
    clock: int  # since it was recorded, and after the call's end since that
    clean_since: int  # 0 without a clean look, 1 since one, 2 when another now would be 5 s apart
    call_is_over: int  # the provider answered 500 in its own form
    outcome: int
    settled: int


class Request(NamedTuple):
    """A request for a number. What the code keeps with the attempt and the model needs once only is here."""

    number: int
    status: int
    terms: int
    votes: tuple[int, ...]  # for each of `WHO`: 0, or 1 + the terms voted for
    automatic: int
    shown: int  # the terms that any card ever showed, as a set of bits
    overdue: int
    expiry: int  # the work that expires it is there
    work: int
    attempt: int  # the present attempt, counted from 1; 0 for none
    tries: int
    reserved: int
    spent: int
    asks_people: int
    alerted: int
    charge_said: int
    frozen_since: int  # a freeze came since it was approved
    click: int = 0  # one that waits to be judged
    together: int = 0  # it is in the basket: asked for with others, and decided with them


class Worker(NamedTuple):
    """One of the workers of the buy lane."""

    step: int
    request: int
    lease: int
    saw: int
    same: int  # `terms_version` is what it was when the worker read
    attempt: int


class Sweep(NamedTuple):
    """What a sweep has read at the provider, and compares one attempt after the other with."""

    numbers: tuple[Number, ...]
    over: tuple[int, ...]  # for each attempt that there was: its call had ended an hour ago


class State(NamedTuple):
    """Everything there is at one moment."""

    control: Control
    numbers: tuple[Number, ...]
    attempts: tuple[Attempt, ...]
    requests: tuple[Request, ...]
    workers: tuple[Worker, ...]
    sweeps: tuple[Sweep, ...]  # those that have read and are not through


FREE = Worker(w.IDLE, 0, w.VALID, 0, 1, 0)

Value: TypeAlias = Any  # of a field; `_replace` refuses a field that is not there

Kept: TypeAlias = dict[Any, Any]
"""Parts of states that were met, each under itself: equal ones need no room of their own, and are the same object."""

Arrow = tuple[str, str, str, str]  # machine (`request` or `attempt`), state before, event, state after


class Draft:
    """A state being changed by one step: `draft.request(i, work=BUY)` and the like, each returns the draft.

    A request's status and an attempt's outcome change through `move` and `end` alone, which note the arrow.
    """

    __slots__ = ("attempts", "control", "numbers", "requests", "sweeps", "taken", "workers")

    def __init__(self, of: "State | Draft") -> None:
        self.control: Control = of.control
        self.numbers: list[Number] = list(of.numbers)
        self.attempts: list[Attempt] = list(of.attempts)
        self.requests: list[Request] = list(of.requests)
        self.workers: list[Worker] = list(of.workers)
        self.sweeps: list[Sweep] = list(of.sweeps)
        self.taken: tuple[Arrow, ...] = ()

    def number(self, i: int, **values: Value) -> Self:
        self.numbers[i] = self.numbers[i]._replace(**values)
        return self

    def attempt(self, i: int, **values: Value) -> Self:
        self.attempts[i] = self.attempts[i]._replace(**values)
        return self

    def request(self, i: int, **values: Value) -> Self:
        self.requests[i] = self.requests[i]._replace(**values)
        return self

    def worker(self, k: int, **values: Value) -> Self:
        self.workers[k] = self.workers[k]._replace(**values)
        return self

    def add_request(self, event: str, request: Request) -> None:
        self.requests.append(request)
        self.taken += (("request", w.NEW, event, w.STATUS[request.status]),)

    def add_attempt(self, event: str, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self.taken += (("attempt", w.NEW, event, w.OUTCOME[attempt.outcome]),)

    def move(self, i: int, event: str, status: int, **values: Value) -> Self:
        """Request `i` takes an arrow."""
        before = self.requests[i]
        self.taken += (("request", w.STATUS[before.status], event, w.STATUS[status]),)
        self.requests[i] = before._replace(status=status, **values)
        return self

    def end(self, i: int, event: str, outcome: int, **values: Value) -> Self:
        """Attempt `i` takes an arrow."""
        before = self.attempts[i]
        self.taken += (("attempt", w.OUTCOME[before.outcome], event, w.OUTCOME[outcome]),)
        self.attempts[i] = before._replace(outcome=outcome, **values)
        return self

    def rest(self, k: int) -> Self:
        """Worker `k` has nothing in hand any more."""
        self.workers[k] = FREE
        return self

    def happened(self, chance: str) -> Self:
        """One of `CHANCES` came about."""
        left = list(self.control.left)
        if left[w.PLACE[chance]] != w.ANY:
            left[w.PLACE[chance]] -= 1
        self.control = self.control._replace(left=tuple(left))
        return self

    def copy(self) -> "Draft":
        """For a second step that goes on from this one."""
        copy = Draft(self)
        copy.taken = self.taken
        return copy

    def state(self, kept: Kept) -> State:
        """The state, with what can no longer matter set to one value. Of equal parts the first is kept for all."""
        requests, attempts, workers = self.requests, self.attempts, self.workers
        for i, request in enumerate(requests):
            if request.status >= w.PURCHASED:
                requests[i] = _of_ended(request)
        for i, attempt in enumerate(attempts):
            if attempt.answer and not any(worker.step == w.CALLING and worker.attempt == i for worker in workers):
                attempts[i] = attempt = attempt._replace(answer=w.NOTHING_YET)
            if attempt.outcome not in (w.OPEN, w.BY_LOOKS) or attempt.settled:
                attempts[i] = _of_settled(attempt)
        workers.sort()
        sweeps = tuple(sorted(self.sweeps))
        parts = self.control, tuple(self.numbers), tuple(attempts), tuple(requests), tuple(workers), sweeps
        return State._make(map(kept.setdefault, parts, parts))


OF_NO_MATTER = dict.fromkeys(
    ["automatic", "shown", "overdue", "expiry", "work", "tries", "asks_people", "frozen_since", "click"], 0
)
"""Of a request that has ended."""


@cache
def _of_ended(request: Request) -> Request:
    """Nothing moves it any more but a late truth."""
    terms = 0 if request.status == w.CLOSED else request.terms
    return request._replace(terms=terms, votes=(0, 0, 0), **OF_NO_MATTER)


@cache
def _of_settled(attempt: Attempt) -> Attempt:
    """No clock and no look matters to it any more."""
    return attempt._replace(ended=1, clock=w.HOUR, clean_since=0, call_is_over=0)


Step = tuple[str, str, Draft, str | None]
"""One thing that may happen in a state: who does it (`people`, `time`, `bot`, `reads`, `provider` or `bad luck`), in
words, what it makes of the state, and what it breaks by itself, wherever it leads."""

Steps = Iterator[Step]
