"""Refusals: the trail keeps their evidence, and every later version reads it as it was given."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from pydantic import JsonValue, ValidationError

from bot.domain import refusals
from bot.domain.facts import ApproversRead
from bot.domain.money import Money
from bot.domain.refusals import Refusal
from tests.bot.domain.parts import FACTS, names_of, parts
from tests.harness.builders import BOSS, CHANNEL, NOON, NUMBER

quick = settings(derandomize=True, deadline=None, max_examples=60)

KINDS: list[type[Any]] = [*get_args(Refusal)]

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.reason)


def _read(why: Refusal, **more: JsonValue) -> Refusal:
    """As the next version reads it, with what an earlier one gave besides."""
    return refusals.read(why.reason, {**more, **json.loads(json.dumps(why.facts()))})


def test_no_two_refusals_have_one_code() -> None:
    assert len({kind.reason for kind in KINDS}) == len(KINDS)


@every_kind
def test_evidence_is_read_as_it_was_written_and_written_the_same_again(kind: type[Refusal]) -> None:
    @quick
    @given(why=parts(kind))
    def reads(why: Refusal) -> None:
        read = _read(why)
        assert read == why
        assert read.facts() == why.facts()

    reads()


@every_kind
def test_evidence_that_was_not_given_is_not_written(kind: type[Refusal]) -> None:
    @quick
    @given(why=parts(kind))
    def writes(why: Refusal) -> None:
        assert why.facts().keys() == names_of(why)

    writes()


@every_kind
def test_evidence_that_no_version_knows_any_more_is_passed_over(kind: type[Refusal]) -> None:
    @quick
    @given(why=parts(kind), more=FACTS)
    def reads(why: Refusal, more: dict[str, JsonValue]) -> None:
        assert _read(why, **{f"forgotten {name}": value for name, value in more.items()}) == why

    reads()


INR = {name: Money.of(f"{amount} INR") for name, amount in (("charge", "100.50"), ("budget", "500"), ("used", "450.0"))}

WRITTEN: dict[str, tuple[Refusal, dict[str, JsonValue]]] = {
    "amounts with their digits": (
        refusals.OverBudget(**INR, currency="INR", month="2026-11"),
        {"charge": "100.50", "budget": "500", "used": "450.0", "currency": "INR", "month": "2026-11"},
    ),
    "a list of approvers": (
        refusals.NotAnApprover(approvers=ApproversRead(list=BOSS, size=1, age_seconds=3)),
        {"list": BOSS, "size": 1, "age_seconds": 3},
    ),
    "a moment": (refusals.Unsettled(e164=NUMBER, until=NOON), {"e164": NUMBER, "until": "2026-11-02T12:00:00+00:00"}),
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


@pytest.mark.parametrize("name", WRITTEN)
def test_evidence_stands_in_the_trail_by_the_names_that_scripts_know(name: str) -> None:
    why, evidence = WRITTEN[name]
    assert why.facts() == evidence
    assert _read(why) == why


OLD: list[tuple[dict[str, JsonValue], Refusal]] = [
    ({}, refusals.Expired()),
    ({"status": "denied"}, refusals.NoLongerPossible(status="denied")),
    ({"why": "timeout"}, refusals.PeopleUnreadable(why="timeout")),
    ({"list": "S1", "size": 0}, refusals.NoApprovers(approvers=ApproversRead(list="S1", size=0))),
    ({"e164": NUMBER, "request": "5e"}, refusals.AlreadyRequested(e164=NUMBER, request="5e")),
    ({"e164": NUMBER, "until": "2026-11-02T12:00:00Z"}, refusals.Unsettled(e164=NUMBER, until=NOON)),
]


@pytest.mark.parametrize(("evidence", "why"), OLD, ids=[why.reason for _, why in OLD])
def test_old_evidence_is_read_without_what_later_versions_add(evidence: dict[str, JsonValue], why: Refusal) -> None:
    assert refusals.read(why.reason, evidence) == why


def test_evidence_that_lacks_what_every_version_gave_is_not_read() -> None:
    with pytest.raises(ValidationError):
        refusals.read("over_budget", {})


def test_a_reason_that_nobody_gives_is_not_read() -> None:
    with pytest.raises(KeyError):
        refusals.read("bad_mood", {})
