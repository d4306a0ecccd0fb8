"""The scenarios: how much of the world each of them lets happen. Within its bounds the search is complete."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.model import words as w
from tests.model.rules import holding
from tests.model.state import FREE, Control, Number, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Its bounds, and which rules hold in it."""

    requests: int = 1
    numbers: int = 1
    attempts: int = 2
    tries: int = 2  # attempts of one approval
    workers: int = 2
    sweeps: int = 0
    """How many have read at the provider and are not through; 0 where a sweep's read and its writes are one step."""
    late: int = w.HOUR  # how long after a call ended the provider may still commit it
    budget: int = 99
    need: tuple[int, int] = (1, 1)  # approvals that terms 0 and terms 1 need
    basket: int = 0  # so many numbers are asked for at once
    need_together: int = 1  # approvals that the sum of a basket needs
    approvers: int = 0b011
    """Who can approve, as bits; the third is the requester, who may once the rule `self` is dropped."""
    automatic: bool = False  # terms 0 need nobody's approval
    people: bool = True  # they deny, withdraw, and say what became of a purchase
    write_off: bool = False
    lag: bool = False  # own numbers and inventory lag the ledger
    ledger_lag: bool = False  # the ledger lags too, by less than 5 s
    racing: bool = False
    """The provider checks its inventory in a step before the debit, so it may sell one number twice."""
    oversells: bool = False  # the provider sells what its lagging lists still show
    refusals: bool = True
    liar: bool = False  # the provider may say 200 without handing the number over
    split: bool = False  # a process may sleep between its look at the clocks and the bytes
    way_out: bool = False  # checked: from every state the bot alone comes to an end, or to people who can decide
    expect: str = ""  # a part of the violation that is a known limit
    ignore: tuple[str, ...] = ()  # beginnings of the violations that another scenario is about

    # how often, `ANY` for no bound
    crash: int = 0
    stall: int = 0
    freeze: int = 0  # or its lifting
    price: int = 0  # it moves
    leave: int = 0  # an approver leaves or comes back
    debit: int = 0  # the provider takes the money and does not hand the number over
    others: int = 0  # somebody else buys the number
    console: int = 0  # our own people buy the number in the provider's console
    busy: int = 0
    low: int = 0
    lapse: int = 0
    expiry: int = 0
    waits: int = 0  # a click is stored and not judged at once

    holds: Mapping[str, bool] = field(default_factory=holding)


def often(chances: str) -> dict[str, Any]:
    """These may happen as often as they like."""
    return dict.fromkeys(chances.split(), w.ANY)


def once(chances: str) -> dict[str, Any]:
    return dict.fromkeys(chances.split(), 1)


SCENARIOS: Final[Mapping[str, tuple[str, Scenario]]] = {
    "minute": (
        "one request, every answer; the provider ends each call within a minute",
        Scenario(late=w.MINUTE, lag=True, attempts=1, **often("crash stall"), **once("debit price")),
    ),
    "hour": (
        "one request; the provider may commit up to an hour late",
        Scenario(attempts=1, write_off=True, lag=True, **often("crash stall"), **once("debit price")),
    ),
    "same-number": (
        "two requests for one number, a provider that would sell it twice, commits up to an hour late",
        Scenario(requests=2, racing=True, write_off=True, refusals=False, **once("stall crash debit")),
    ),
    "lists-lag": (
        "two requests for one number, lists and ledger lag, 500 after anything",
        Scenario(requests=2, lag=True, ledger_lag=True, stall=1),
    ),
    "sold-twice": (
        "two requests for one number, a provider that sells again what its lagging lists still show: that is told",
        Scenario(requests=2, lag=True, oversells=True, liar=True, ignore=("Once", "Budget")),
    ),
    "budget": (
        "two numbers, budget for one, commits up to an hour late",
        Scenario(requests=2, numbers=2, budget=1, stall=1, refusals=False),
    ),
    "basket": (
        "two numbers asked for at once and decided at once; a price moves, an approver leaves, time passes",
        Scenario(
            requests=2,
            numbers=2,
            workers=1,
            attempts=1,
            tries=1,
            basket=2,
            need=(1, 2),
            need_together=2,
            budget=3,
            late=w.MINUTE,
            refusals=False,
            **once("price leave expiry"),
        ),
    ),
    "freeze": (
        "freeze and unfreeze at any time, 429, expiry, crash, stall",
        Scenario(late=w.MINUTE, **often("freeze busy crash stall expiry lapse")),
    ),
    "waiting-click": (
        "a click is judged late: freeze, lapse, low balance, other terms meanwhile",
        Scenario(workers=1, attempts=1, late=w.MINUTE, **often("freeze lapse expiry low"), **once("waits price")),
    ),
    "votes": (
        "stale cards, price moves, approvers come and go, low balance, one or two votes",
        Scenario(
            need=(1, 2), approvers=0b111, late=w.MINUTE, attempts=1, stall=1, **often("price leave expiry lapse low")
        ),
    ),
    "refused-for-now": (
        "429 and router answers: a new attempt, three an approval",
        Scenario(tries=3, attempts=4, late=w.MINUTE, busy=w.ANY, stall=1, low=1),
    ),
    "automatic": (
        "approved at submit; prices, freeze, budget, 429",
        Scenario(
            automatic=True,
            late=w.MINUTE,
            refusals=False,
            attempts=1,
            budget=2,
            **often("price freeze"),
            **once("stall busy"),
        ),
    ),
    "others": (
        "somebody else buys the number; the provider says 200 without handing it over",
        Scenario(liar=True, late=w.MINUTE, lag=True, **once("others debit stall crash")),
    ),
    "sweeps": (
        "two sweeps, each of which may stand still between its read and each of its writes",
        Scenario(sweeps=2, workers=1, attempts=1, tries=1, lag=True, refusals=False, **once("debit")),
    ),
    "sleep": (
        "a process sleeps between its last look at the clocks and the bytes; all within the hour",
        Scenario(requests=2, split=True, racing=True, stall=1, refusals=False),
    ),
    "way-out": (
        "no state without a way out: people silent, no read succeeds, never unfrozen",
        Scenario(way_out=True, late=w.EVER, attempts=1, **often("expiry lapse"), **once("freeze crash busy price")),
    ),
    "limit-late": (
        "a provider that commits more than an hour late and would sell a number twice",
        Scenario(requests=2, late=w.EVER, racing=True, stall=1, refusals=False, expect="two debits"),
    ),
    "late-but-told": (
        "the same: whatever it did, approvers are told",
        Scenario(requests=2, late=w.EVER, racing=True, stall=1, refusals=False, liar=True, ignore=("Once", "Budget")),
    ),
    "limit-console": (
        "our own people buy the number in the console during an attempt",
        Scenario(console=1, stall=1, late=w.MINUTE, refusals=False, expect="not by this request"),
    ),
}
"""What each is about, and its bounds."""

DEEPER: Final[Mapping[str, Mapping[str, Any]]] = {
    "minute": {"price": w.ANY, "attempts": 2},
    "hour": {"price": w.ANY, "attempts": 2},
    "same-number": {"stall": 2, "lag": True, "refusals": True},
    "lists-lag": {"stall": 2, "debit": 1, "crash": 1},
    "budget": {"stall": 2, "price": 1, "lag": True, "budget": 2},
    "basket": {"freeze": 1, "lapse": 1, "low": 1, "attempts": 2},
    "freeze": {"attempts": 3, "tries": 3, "price": 1},
    "votes": {"stall": w.ANY, "busy": 1, "attempts": 2},
    "refused-for-now": {"stall": w.ANY, "price": w.ANY, "freeze": 1},
    "automatic": {"stall": w.ANY, "busy": w.ANY, "need": (1, 2), "attempts": 2},
    "others": {"stall": w.ANY, "crash": w.ANY, "price": 1},
    "sleep": {"stall": 2, "debit": 1},
    "way-out": {"low": 1, "stall": 1, "attempts": 2},
}
"""Larger bounds, for hours and gigabytes."""


def scenario_of(name: str, *, without: Collection[str] = (), deep: bool = False) -> Scenario:
    return replace(SCENARIOS[name][1], **(DEEPER.get(name, {}) if deep else {}), holds=holding(without))


def initial(scenario: Scenario) -> State:
    """Nothing was asked for, and every number is on sale at terms 0."""
    control = Control(0, scenario.approvers, tuple(getattr(scenario, chance) for chance in w.CHANCES))
    on_sale = Number(price=0, owner=w.NOBODY, by=0, listed=1, booked=1, debits=())
    return State(control, (on_sale,) * scenario.numbers, (), (), (FREE,) * scenario.workers, ())
