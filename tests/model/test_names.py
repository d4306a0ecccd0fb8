"""The model and the code speak of the same two machines: the same states, and the same arrows between them."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields

from bot.domain.attempt import Ending
from bot.domain.request import OPEN, Failure, PurchaseRequest, Status, WrongState
from tests.harness.builders import NOON, a_request, some_terms
from tests.model import words as w
from tests.model.arrows import DECLARED, OF_ATTEMPTS, OF_REQUESTS
from tests.model.explore import explore
from tests.model.scenarios import Scenario, once
from tests.model.state import Arrow

IN_THE_MODEL = {status: "closed" if status.value in w.CLOSED_IS else status.value for status in Status}
"""A request's states, as the model calls them."""

ARROWS: dict[str, Callable[[PurchaseRequest], PurchaseRequest]] = {
    "voted": lambda request: request.voted(),
    "approved": lambda request: request.approved(NOON),
    "denied": lambda request: request.denied(NOON),
    "withdrawn": lambda request: request.withdrawn(NOON),
    "expired": lambda request: request.expired(NOON),
    "asked_again": lambda request: request.asked_again(NOON, some_terms("120+1 INR")),
    "purchasing": lambda request: request.purchasing(),
    "not_executed": lambda request: request.not_executed(),
    "checking": lambda request: request.checking(),
    "purchased": lambda request: request.purchased(NOON),
    "failed": lambda request: request.failed(Failure.REJECTED),
}
"""Everything that takes a request from one state to another."""

REMARKS = {"noted"}  # these leave the state as it is, whatever it is: no arrows

QUICK = {
    "one request, and a provider that takes money for nothing": Scenario(
        workers=1, attempts=1, tries=1, write_off=True, **once("crash debit busy low expiry lapse")
    ),
    "up to the call": Scenario(
        workers=1, attempts=0, automatic=True, need=(1, 2), late=w.MINUTE, **once("freeze price leave")
    ),
    "calls that are not executed": Scenario(workers=1, freeze=1, busy=2, others=1, late=w.MINUTE, refusals=False),
    "two requests for one number": Scenario(workers=1, requests=2, lag=True, refusals=False, people=False, crash=1),
    "somebody buys in the console": Scenario(workers=1, attempts=1, console=w.ANY, late=w.MINUTE, ignore=("Truth",)),
}
"""Small enough for a test, and together they take every arrow. All rules hold in them."""


def test_a_requests_states_have_the_same_names() -> None:
    assert {*w.STATUS} == {*IN_THE_MODEL.values()}
    assert set(w.CLOSED_IS) == {status.value for status in Status if IN_THE_MODEL[status] == "closed"}
    assert {*w.STATUS[: w.CHECKING + 1]} == {status.value for status in OPEN}


def test_an_attempts_outcomes_have_the_same_names() -> None:
    folded = {*w.OUTCOME} - {"by_looks"} | {*w.BY_LOOKS_IS}
    assert {ending.value for ending in Ending} == folded | {*w.NOT_MODELLED}


def test_every_way_that_the_code_changes_a_request_is_tried_here() -> None:
    methods = inspect.getmembers(PurchaseRequest, inspect.isfunction)
    public = {name for name, method in methods if not name.startswith("_") and _makes_another(method)}
    assert public == ARROWS.keys() | REMARKS


def test_a_request_begins_in_the_same_state_and_its_arrows_are_the_same() -> None:
    begins = next(field.default for field in fields(PurchaseRequest) if field.name == "status")
    arrows = {(IN_THE_MODEL[before], IN_THE_MODEL[after]) for before in Status for after in _what_it_becomes(before)}
    assert {(before, after) for before, _, after in OF_REQUESTS} == {(w.NEW, begins), *arrows}


def test_an_attempts_arrows_lead_from_what_is_open_or_not_definite() -> None:
    """The code has no methods for them; `bot/services` ends an open attempt, or credits one that ended by looks."""
    assert {before for before, _, _ in OF_ATTEMPTS} == {w.NEW, Ending.OPEN.value, Ending.BY_LOOKS.value}
    assert {after for _, _, after in OF_ATTEMPTS} == {*w.OUTCOME}


def test_every_declared_arrow_is_taken_and_no_other() -> None:
    """The search itself refuses a step whose arrow is not declared, or that changes a state without one."""
    results = {name: explore(scenario) for name, scenario in QUICK.items()}
    assert {name: result.broken for name, result in results.items()} == dict.fromkeys(QUICK, "")
    assert frozenset[Arrow]().union(*(result.taken for result in results.values())) == DECLARED


def _makes_another(method: Callable[..., object]) -> bool:
    return inspect.signature(method).return_annotation in (PurchaseRequest, PurchaseRequest.__name__)


def _what_it_becomes(before: Status) -> Iterable[Status]:
    """By every arrow that leads from there."""
    for take in ARROWS.values():
        try:
            yield take(a_request(status=before)).status
        except WrongState:
            continue
