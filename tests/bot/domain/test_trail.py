"""What entries and refusals tell: written once, and read by every later version as it was written."""

import json
from datetime import timedelta
from typing import Any, TypeAlias, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from bot.domain import refusals, trail
from bot.domain.alert import Alert
from bot.domain.facts import ApproversRead, ChargeTold, Debit, MonthTold, ProviderSaid, TermsTold
from bot.domain.money import Money
from bot.domain.refusals import NotAllowed
from bot.domain.request import Failure
from bot.domain.trail import AnyTold, Event
from bot.domain.versions import NotKnownHere
from tests.bot.domain.parts import FACTS, names_of, parts
from tests.harness.builders import BOSS, CHANNEL, NOON, NUMBER, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=60)

Told: TypeAlias = AnyTold | refusals.AnyRefusal

TOLD: list[type[Any]] = [*get_args(AnyTold)]
REFUSED: list[type[Any]] = [*get_args(refusals.AnyRefusal)]

TERMS = some_terms("100.50+1 INR")
TERMS_FACTS: dict[str, JsonValue] = {
    "digest": TERMS.digest,
    "e164": TERMS.e164,
    "account": TERMS.account,
    "setup_fee": "100.50",
    "monthly_fee": "1",
    "charge": "101.50",
    "currency": "INR",
}
APPROVED_FACTS: dict[str, JsonValue] = {"approved": "100.50", "approved_currency": "INR"}


def _read(told: Told, **more: JsonValue) -> Told:
    """As the next version reads it, with what an earlier one told besides."""
    facts = {**more, **json.loads(json.dumps(told.facts()))}
    return refusals.read(told.reason, facts) if isinstance(told, NotAllowed) else trail.read(told.event, facts)


def test_every_event_has_one_class_that_tells_it_and_every_refusal_a_code_of_its_own() -> None:
    assert sorted(kind.event for kind in TOLD) == sorted(Event)
    assert len({kind.reason for kind in REFUSED}) == len(REFUSED)


@pytest.mark.parametrize("kind", [*TOLD, *REFUSED], ids=lambda kind: kind.__name__)
def test_what_was_given_is_written_and_read_and_what_no_version_knows_now_is_passed_over(kind: type[Told]) -> None:
    @quick
    @given(told=parts(kind), more=FACTS)
    def reads(told: Told, more: dict[str, JsonValue]) -> None:
        assert told.facts().keys() == names_of(told)
        read = _read(told)
        assert read == told
        assert read.facts() == told.facts()
        assert _read(told, **{f"forgotten {name}": value for name, value in more.items()}) == told

    reads()


LEAST: dict[Event, dict[str, JsonValue]] = {
    Event.REQUESTED: TERMS_FACTS
    | {"reason": "", "team": "T1", "channel": "C1", "country": None, "region": None, "expires_at": NOON.isoformat()},
    Event.REQUEST_REFUSED: {"reason": "expired"},
    Event.DECISION_REFUSED: {"reason": "expired"},
    Event.VOTED: TERMS_FACTS,
    Event.APPROVED: TERMS_FACTS,
    Event.REQUESTED_ANEW: {"request": "", "e164": ""},
    Event.CHANGES_REQUESTED: {"question": ""},
    Event.ANSWERED: {"question": "", "answer": "", "asked_by": ""},
    Event.ASKED_AGAIN: TERMS_FACTS | {"why": "frozen"},
    Event.ATTEMPT_RECORDED: TERMS_FACTS | {"attempt": "aa"},
    Event.PURCHASED: APPROVED_FACTS
    | {"attempt": "aa", "number": "", "provider_request_id": None}
    | {"charged": None, "charged_currency": None, "differs": False},
    Event.FAILED: {"error": "rejected"},
    Event.OFFERED: {"similar": []},
    Event.CHECKING: {"attempt": "aa"},
    Event.ARCHIVED: {"first": 1, "up_to": 2, "hash": "", "sha256": ""},
    Event.SWEEP_FAILED: {"unread": "ledger", "reason": "timeout", "since": NOON.isoformat()},
}
"""What every version told of an event, and may rely on; of all others nothing."""


@pytest.mark.parametrize("event", Event)
def test_more_than_every_version_told_is_not_asked_of_an_entry(event: Event) -> None:
    least = LEAST.get(event, {})
    assert trail.read(event, least).facts() == least


OLD: list[tuple[dict[str, JsonValue], Told]] = [
    (
        {"error": "rejected", "code": "http_403"},
        trail.Failed(error=Failure.REJECTED, said=ProviderSaid(code="http_403")),
    ),
    (
        {"what": "unexplained_debits", "debits": [{"id": "txn_1", "amount": None, "currency": None}]},
        trail.SweepAlert(what=Alert.UNEXPLAINED_DEBITS, debits=(Debit(id="txn_1"),)),
    ),
    ({"kind": "decide"}, trail.Parked(kind="decide")),
    ({}, refusals.Expired()),
    ({"status": "denied"}, refusals.NoLongerPossible(status="denied")),
    ({"why": "timeout"}, refusals.PeopleUnreadable(why="timeout")),
    ({"list": "S1", "size": 0}, refusals.NoApprovers(approvers=ApproversRead(list="S1", size=0))),
    ({"e164": NUMBER, "request": "5e"}, refusals.AlreadyRequested(e164=NUMBER, request="5e")),
    ({"e164": NUMBER, "until": "2026-11-02T12:00:00Z"}, refusals.Unsettled(e164=NUMBER, until=NOON)),
]


@pytest.mark.parametrize(("facts", "told"), OLD, ids=[type(told).__name__ for _, told in OLD])
def test_what_is_old_is_read_with_what_later_versions_take_for_granted(facts: dict[str, JsonValue], told: Told) -> None:
    read = refusals.read(told.reason, facts) if isinstance(told, NotAllowed) else trail.read(told.event, facts)
    assert read == told


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (Event.REQUESTED, {}),
        (Event.VOTED, {name: fact for name, fact in TERMS_FACTS.items() if name != "digest"}),
        (Event.VOTED, TERMS_FACTS | {"charge": "1.0000001"}),
        (Event.VOTED, TERMS_FACTS | {"charge": "much"}),
        (Event.VOTED, {name: fact for name, fact in TERMS_FACTS.items() if name != "currency"}),
        (Event.VOTED, TERMS_FACTS | {"currency": 7}),
        (Event.FAILED, {"error": "bad luck"}),
        (Event.REMINDED, {"about": "lunch"}),
    ],
)
def test_what_no_version_wrote_is_not_read(event: Event, facts: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        trail.read(event, facts)


def test_a_fact_that_an_entry_does_not_know_is_not_added() -> None:
    assert trail.Withdrawn().also(why="lost").facts() == {"why": "lost"}
    with pytest.raises(TypeError, match="lunch"):
        trail.Withdrawn().also(lunch="12:00")


def test_a_refusal_that_nobody_gives_or_that_lacks_what_every_version_gave_is_not_read() -> None:
    with pytest.raises(NotKnownHere, match="bad_mood"):
        refusals.read("bad_mood", {})
    with pytest.raises(ValidationError):
        refusals.read("over_budget", {})


INR, USD = Money.of("100.50 INR"), Money.of("1.20 USD")

WRITTEN: dict[str, tuple[Told, dict[str, JsonValue]]] = {
    "amounts in the currency of the terms": (
        trail.Approved(terms=TermsTold.of(TERMS), automatic=True, limit=Money.of("200.00 INR")),
        TERMS_FACTS
        | {"minimum_commitment_months": 0, "identity_check": False, "trial": False, "left_out": []}
        | {"automatic": True, "limit": "200.00"},
    ),
    "a charge in another currency than was approved": (
        trail.SweepAlert(paid=ChargeTold.of(INR, USD)),
        APPROVED_FACTS | {"charged": "1.20", "charged_currency": "USD", "differs": True},
    ),
    "a charge that nobody knows": (
        trail.SweepAlert(paid=ChargeTold.of(INR, None)),
        APPROVED_FACTS | {"charged": None, "charged_currency": None, "differs": False},
    ),
    "a month without a budget": (
        trail.SweepAlert(
            in_month=MonthTold(month="2026-11", currency="INR", spent=INR, reserved=Money.of("0 INR"), budget=None)
        ),
        {"month": "2026-11", "currency": "INR", "spent": "100.50", "reserved": "0", "budget": None},
    ),
    "a debit in its own currency": (
        trail.WrittenOff(debits=(Debit(id="txn_1", amount=USD, currency="USD"),)),
        {"debits": [{"id": "txn_1", "amount": "1.20", "currency": "USD"}]},
    ),
    "a moment": (
        trail.Failed(error=Failure.NOT_BOUGHT, settles_at=NOON + timedelta(microseconds=5)),
        {"error": "not_bought", "settles_at": "2026-11-02T12:00:00.000005+00:00"},
    ),
    "a moment that was known not to come": (
        trail.Failed(error=Failure.NOT_BOUGHT, seen=None, settles_at=None),
        {"error": "not_bought", "seen": None, "settles_at": None},
    ),
    "a flat part that was known not to be there": (trail.Denied(reason="no", approvers=None), {"reason": "no"}),
    "amounts of a refusal": (
        refusals.OverBudget(charge=INR, budget=INR * 5, used=INR * 4, currency="INR", month="2026-11"),
        {"charge": "100.50", "budget": "502.50", "used": "402.00", "currency": "INR", "month": "2026-11"},
    ),
    "a list of approvers": (
        refusals.NotAnApprover(approvers=ApproversRead(list=BOSS, size=1, age_seconds=3)),
        {"list": BOSS, "size": 1, "age_seconds": 3},
    ),
    "a moment of a refusal": (
        refusals.Unsettled(e164=NUMBER, until=NOON),
        {"e164": NUMBER, "until": "2026-11-02T12:00:00+00:00"},
    ),
    "channels in their order": (
        refusals.ChannelNotAllowed(channel=CHANNEL, allowed=("C2", "C1")),
        {"channel": CHANNEL, "allowed": ["C2", "C1"]},
    ),
    "terms that were not shown": (
        refusals.TermsChanged(shown=None, present="bb", last_event="requested"),
        {"shown": None, "present": "bb", "last_event": "requested"},
    ),
    "nothing": (refusals.NotFrozen(), {}),
}


@pytest.mark.parametrize(("told", "facts"), WRITTEN.values(), ids=WRITTEN)
def test_facts_stand_in_the_trail_by_the_names_that_scripts_know_with_their_digits_currency_and_zone(
    told: Told, facts: dict[str, JsonValue]
) -> None:
    assert told.facts() == facts
    assert _read(told) == told
    assert _read(told).facts() == facts


@quick
@given(data=st.data())
@pytest.mark.parametrize("kind", [trail.RequestRefused, trail.DecisionRefused])
def test_a_refusal_is_told_with_its_evidence(
    kind: type[trail.RequestRefused | trail.DecisionRefused], data: st.DataObject
) -> None:
    why = data.draw(st.sampled_from(get_args(refusals.AnyRefusal)).flatmap(parts))
    told = _read(kind(reason=why.reason, evidence=why.facts(), team=BOSS))
    assert isinstance(told, kind)
    assert told.refusal == why
