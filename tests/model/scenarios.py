"""The scenarios: how much of the world each of them lets happen. Within its bounds the search is complete."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.model.rules import holding
from tests.model.state import FREE, Control, Number, State
from tests.model.words import ANY, CHANCES, EVER, HOUR, MINUTE, NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Its bounds, and which rules hold in it."""

    about: str
    requests: int = 1
    numbers: int = 1
    attempts: int = 2
    tries: int = 2
    """Attempts of one approval."""
    workers: int = 2
    late: int = HOUR
    """How long after a call ended the provider may still commit it."""
    budget: int = 99
    need: tuple[int, int] = (1, 1)
    """Approvals that terms 0 and terms 1 need."""
    approvers: int = 0b011
    """Who can approve, as bits; the third is the requester, who may once the rule `self` is dropped."""
    automatic: bool = False
    """Terms 0 need nobody's approval."""
    people: bool = True
    """They deny, withdraw, and say what became of a purchase."""
    write_off: bool = False
    lag: bool = True
    """Own numbers and inventory lag the ledger."""
    ledger_lag: bool = False
    """The ledger lags too, by less than 5 s."""
    racing: bool = False
    """The provider checks its inventory in a step before the debit, so it may sell one number twice."""
    refusals: bool = True
    liar: bool = False
    """The provider may say 200 without handing the number over."""
    split: bool = False
    """A process may sleep between its look at the clocks and the bytes."""
    way_out: bool = False
    """Checked: from every state the bot alone comes to an end, or to people who can decide."""
    expect: str = ""
    """A part of the violation that is a known limit."""
    ignore: tuple[str, ...] = ()
    """Beginnings of the violations that another scenario is about."""

    # how often, `ANY` for no bound
    crash: int = 0
    stall: int = 0
    freeze: int = 0
    """Or its lifting."""
    price: int = 0
    """It moves."""
    leave: int = 0
    """An approver leaves or comes back."""
    debit: int = 0
    """The provider takes the money and does not hand the number over."""
    others: int = 0
    """Somebody else buys the number."""
    console: int = 0
    """Our own people buy the number in the provider's console."""
    busy: int = 0
    low: int = 0
    lapse: int = 0
    expiry: int = 0

    holds: Mapping[str, bool] = field(default_factory=holding)


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "minute": Scenario(
        about="one request, every answer; the provider ends each call within a minute",
        late=MINUTE,
        attempts=1,
        crash=ANY,
        stall=ANY,
        debit=1,
        price=1,
    ),
    "hour": Scenario(
        about="one request; the provider may commit up to an hour late",
        attempts=1,
        crash=ANY,
        stall=ANY,
        debit=1,
        price=1,
        write_off=True,
    ),
    "same-number": Scenario(
        about="two requests for one number, a provider that would sell it twice, commits up to an hour late",
        requests=2,
        racing=True,
        stall=1,
        crash=1,
        debit=1,
        write_off=True,
        refusals=False,
        lag=False,
    ),
    "lists-lag": Scenario(
        about="two requests for one number, lists and ledger lag, 500 after anything",
        requests=2,
        stall=1,
        ledger_lag=True,
    ),
    "budget": Scenario(
        about="two numbers, budget for one, commits up to an hour late",
        requests=2,
        numbers=2,
        budget=1,
        stall=1,
        lag=False,
        refusals=False,
    ),
    "freeze": Scenario(
        about="freeze and unfreeze at any time, 429, expiry, crash, stall",
        freeze=ANY,
        busy=ANY,
        crash=ANY,
        stall=ANY,
        expiry=ANY,
        lapse=ANY,
        lag=False,
        late=MINUTE,
    ),
    "votes": Scenario(
        about="stale cards, price moves, approvers come and go, low balance, one or two votes",
        need=(1, 2),
        price=ANY,
        leave=ANY,
        approvers=0b111,
        expiry=ANY,
        lapse=ANY,
        low=ANY,
        stall=1,
        lag=False,
        late=MINUTE,
        attempts=1,
    ),
    "refused-for-now": Scenario(
        about="429 and router answers: a new attempt, three an approval",
        busy=ANY,
        tries=3,
        attempts=4,
        stall=1,
        low=1,
        lag=False,
        late=MINUTE,
    ),
    "automatic": Scenario(
        about="approved at submit; prices, freeze, budget, 429",
        automatic=True,
        price=ANY,
        freeze=ANY,
        stall=1,
        busy=1,
        lag=False,
        refusals=False,
        attempts=1,
        late=MINUTE,
        budget=2,
    ),
    "others": Scenario(
        about="somebody else buys the number; the provider says 200 without handing it over",
        others=1,
        debit=1,
        liar=True,
        stall=1,
        crash=1,
        late=MINUTE,
    ),
    "sleep": Scenario(
        about="a process sleeps between its last look at the clocks and the bytes; all within the hour",
        requests=2,
        split=True,
        racing=True,
        stall=1,
        lag=False,
        refusals=False,
    ),
    "way-out": Scenario(
        about="no state without a way out: people silent, no read succeeds, never unfrozen",
        way_out=True,
        freeze=1,
        crash=1,
        busy=1,
        expiry=ANY,
        lapse=ANY,
        price=1,
        lag=False,
        late=EVER,
        attempts=1,
    ),
    "limit-late": Scenario(
        about="a provider that commits more than an hour late and would sell a number twice",
        requests=2,
        late=EVER,
        racing=True,
        stall=1,
        lag=False,
        refusals=False,
        expect="two debits",
    ),
    "late-but-told": Scenario(
        about="the same: whatever it did, approvers are told",
        requests=2,
        late=EVER,
        racing=True,
        stall=1,
        lag=False,
        refusals=False,
        liar=True,
        ignore=("Once", "Budget"),
    ),
    "limit-console": Scenario(
        about="our own people buy the number in the console during an attempt",
        console=1,
        stall=1,
        late=MINUTE,
        lag=False,
        refusals=False,
        expect="not by this request",
    ),
}

DEEPER: Final[Mapping[str, Mapping[str, Any]]] = {
    "minute": {"price": ANY, "attempts": 2},
    "hour": {"price": ANY, "attempts": 2},
    "same-number": {"stall": 2, "lag": True, "refusals": True},
    "lists-lag": {"stall": 2, "debit": 1, "crash": 1},
    "budget": {"stall": 2, "price": 1, "lag": True, "budget": 2},
    "freeze": {"attempts": 3, "tries": 3, "price": 1},
    "votes": {"stall": ANY, "busy": 1, "attempts": 2},
    "refused-for-now": {"stall": ANY, "price": ANY, "freeze": 1},
    "automatic": {"stall": ANY, "busy": ANY, "need": (1, 2), "attempts": 2},
    "others": {"stall": ANY, "crash": ANY, "price": 1},
    "sleep": {"stall": 2, "debit": 1},
    "way-out": {"low": 1, "stall": 1, "attempts": 2},
}
"""Larger bounds, for hours and gigabytes."""


def scenario_of(name: str, *, without: Collection[str] = (), deep: bool = False) -> Scenario:
    return replace(SCENARIOS[name], **(DEEPER.get(name, {}) if deep else {}), holds=holding(without))


def initial(scenario: Scenario) -> State:
    """Nothing was asked for, and every number is on sale at terms 0."""
    control = Control(0, scenario.approvers, tuple(getattr(scenario, chance) for chance in CHANCES))
    on_sale = Number(price=0, owner=NOBODY, by=0, listed=1, booked=1, debits=())
    return State(
        control=control,
        numbers=(on_sale,) * scenario.numbers,
        attempts=(),
        requests=(),
        workers=(FREE,) * scenario.workers,
    )
