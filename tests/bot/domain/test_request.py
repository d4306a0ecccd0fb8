"""The state machine: every arrow of the table in one direction, and no other."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.request import OPEN, Failure, PurchaseRequest, Status, WrongState
from bot.domain.terms import Terms
from tests.harness.builders import NOON, a_request, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=150)

PENDING, APPROVED, PURCHASING, CHECKING, PURCHASED, FAILED, DENIED, WITHDRAWN, EXPIRED = Status

LATER = NOON + timedelta(hours=1)
MUCH_LATER = NOON + timedelta(days=4)
NEW_TERMS = some_terms("120+1 INR")

Event = Callable[[PurchaseRequest], PurchaseRequest]

EVENTS: dict[str, Event] = {
    "voted": lambda request: request.voted(),
    "approved": lambda request: request.approved(LATER),
    "denied": lambda request: request.denied(LATER),
    "withdrawn": lambda request: request.withdrawn(LATER),
    "expired": lambda request: request.expired(LATER),
    "asked again": lambda request: request.asked_again(MUCH_LATER),
    "attempt recorded": lambda request: request.purchasing(),
    "not executed": lambda request: request.not_executed(),
    "not certain": lambda request: request.checking(),
    "purchased": lambda request: request.purchased(LATER),
    "failed": lambda request: request.failed(Failure.REJECTED),
}

TABLE: dict[Status, dict[str, Status]] = {
    PENDING: {"voted": PENDING, "approved": APPROVED, "denied": DENIED, "withdrawn": WITHDRAWN, "expired": EXPIRED},
    APPROVED: {"denied": DENIED, "withdrawn": WITHDRAWN, "asked again": PENDING, "failed": FAILED}
    | {"attempt recorded": PURCHASING},
    PURCHASING: {"purchased": PURCHASED, "failed": FAILED, "asked again": PENDING, "not executed": APPROVED}
    | {"not certain": CHECKING},
    CHECKING: {"not certain": CHECKING, "purchased": PURCHASED, "failed": FAILED},
    FAILED: {"purchased": PURCHASED},
}
ARROWS = {(status, event): after for status, events in TABLE.items() for event, after in events.items()}


def _in_state(status: Status) -> PurchaseRequest:
    return a_request(status=status, attempts=1, decided_at=None if status is PENDING else NOON)


def test_the_states_are_named_as_promised() -> None:
    assert " ".join(Status) == "pending approved purchasing checking purchased failed denied withdrawn expired"


@pytest.mark.parametrize(("status", "event"), ARROWS)
def test_an_arrow_is_taken_and_counted_and_only_asking_again_counts_as_new_terms(status: Status, event: str) -> None:
    after = EVENTS[event](replace(_in_state(status), row_version=7, terms_version=3))
    assert after.status is ARROWS[status, event]
    assert (after.row_version, after.terms_version) == (8, 4 if event == "asked again" else 3)


@pytest.mark.parametrize(
    ("status", "event"), [(status, event) for status in Status for event in EVENTS if (status, event) not in ARROWS]
)
def test_what_is_no_arrow_of_the_table_is_refused(status: Status, event: str) -> None:
    with pytest.raises(WrongState) as refused:
        EVENTS[event](_in_state(status))
    assert refused.value.status is status


def test_a_refusal_names_both_states() -> None:
    with pytest.raises(WrongState, match="denied cannot become approved") as refused:
        _in_state(DENIED).approved(LATER)
    assert (refused.value.status, refused.value.asked) == (DENIED, APPROVED)


@pytest.mark.parametrize("status", Status)
def test_open_are_the_four_that_may_still_cost_money(status: Status) -> None:
    assert _in_state(status).is_open is (status in {PENDING, APPROVED, PURCHASING, CHECKING})
    assert (status in OPEN) is status.is_open


@pytest.mark.parametrize(
    ("given", "terms", "changes"), [(None, some_terms(), 1), (NEW_TERMS, NEW_TERMS, 2)], ids=["same terms", "others"]
)
def test_asking_again_starts_over_and_counts_changed_terms(given: Terms | None, terms: Terms, changes: int) -> None:
    after = a_request(status=APPROVED, decided_at=NOON, attempts=2, terms_changes=1).asked_again(MUCH_LATER, given)
    assert (after.decided_at, after.attempts, after.expires_at) == (None, 0, MUCH_LATER)
    assert (after.terms, after.terms_changes) == (terms, changes)


def test_an_approval_begins_its_own_count_of_attempts_which_add_up() -> None:
    after = a_request(attempts=3, error="not_executed").approved(LATER)
    assert (after.decided_at, after.attempts, after.error) == (LATER, 0, None)
    for _ in range(3):
        after = after.purchasing().not_executed()
    assert (after.decided_at, after.attempts) == (LATER, 3)


def test_once_an_attempt_was_recorded_there_may_be_attempts_whatever_happens_then_and_before_that_none() -> None:
    reached = [(a_request(), False)]
    for _ in range(6):
        reached = [
            (EVENTS[event](request), was_tried or event == "attempt recorded")
            for request, was_tried in reached
            for event in TABLE.get(request.status, {})
        ]
        assert all(request.may_have_attempts for request, was_tried in reached if was_tried)
    assert not a_request().approved(LATER).may_have_attempts


@pytest.mark.parametrize("event", ["denied", "withdrawn", "expired"])
def test_an_end_without_a_purchase_has_its_time(event: str) -> None:
    assert EVENTS[event](a_request()).decided_at == LATER


def test_a_failure_keeps_its_code_until_a_late_truth_takes_it_back() -> None:
    failed = a_request(status=PURCHASING, decided_at=NOON).failed(Failure.NOT_IN_INVENTORY)
    assert failed.error == "not_in_inventory"
    after = failed.purchased(LATER)
    assert (after.purchased_at, after.error, after.decided_at) == (LATER, None, NOON)


@quick
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=30))
def test_whatever_happens_the_fields_agree_with_the_state(happens: list[str]) -> None:
    begun = request = a_request()
    for event in happens:
        if (request.status, event) in ARROWS:
            request = EVENTS[event](request)
    assert (request.decided_at is None) is (request.status is PENDING)
    assert (request.purchased_at is not None) is (request.status is PURCHASED)
    assert (request.error is not None) is (request.status is FAILED)
    assert request.terms_version > request.terms_changes
    may_change = {"status", "row_version", "terms", "terms_version", "terms_changes", "attempts", "expires_at"}
    may_change |= {"decided_at", "purchased_at", "error"}
    kept = {field.name for field in fields(begun)} - may_change
    assert all(getattr(request, name) == getattr(begun, name) for name in kept)
