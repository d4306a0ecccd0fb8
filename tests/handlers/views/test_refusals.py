"""Why nothing changed, in words to one person: each reason has its own, and says what to do next."""

from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import refusals
from bot.domain.audit import BOT
from bot.domain.refusals import AnyRefusal
from bot.domain.request import Status
from bot.domain.trail import Event
from handlers.views.refusals import refusal
from tests.handlers.views.refused import EACH, REFUSALS
from tests.handlers.views.sight import message_as_seen
from tests.harness.builders import BOSS


def _too_late(status: Status, last: Event | None = None, by: str | None = None) -> str:
    return refusal(refusals.NoLongerPossible(status=status.value, last_event=last and last.value, last_actor=by)).text


@pytest.mark.parametrize("name", REFUSALS)
def test_the_refusal_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(refusal(REFUSALS[name])) == snapshot


def test_each_reason_has_words_of_its_own() -> None:
    assert {type(why) for why in EACH} == set(get_args(AnyRefusal))
    assert len({refusal(why).text for why in EACH}) == len(EACH)


@pytest.mark.parametrize("why", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_begins_with_nothing_having_come_of_it_and_shows_no_ids_and_codes(why: AnyRefusal) -> None:
    said = refusal(why).text
    first = said.partition(".")[0].lower()
    assert any(word in first for word in ("nothing", "not ", "cannot", "already"))
    assert said.endswith(".")
    assert not any(code in said for code in ("5e5e", "aaaa", "bbbb", "timeout", "internal_error", "OverflowError"))


@pytest.mark.parametrize("why", ["guest", "bot", "deactivated", "other_workspace", "something later"])
def test_each_kind_of_outsider_is_told_what_they_are(why: str) -> None:
    others = {refusal(refusals.NotAFullMember(why=other)).text for other in ("guest", "bot", "deactivated")}
    said = refusal(refusals.NotAFullMember(why=why)).text
    assert said.startswith("Nothing changed: ")
    assert (said in others) == (why in ("guest", "bot", "deactivated"))


def test_whoever_comes_too_late_hears_where_the_request_stands() -> None:
    assert len({_too_late(status) for status in Status}) == len(Status)


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DENIED, Status.WITHDRAWN])
def test_whoever_comes_too_late_hears_who_decided_first(status: Status) -> None:
    assert _too_late(status, Event(status.value), BOSS).endswith(f" by <@{BOSS}>.")


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (Status.PURCHASED, Event.PURCHASED),
        (Status.FAILED, Event.FAILED),
        (Status.FAILED, Event.WRITTEN_OFF),
        (Status.CHECKING, Event.LOOK_ASKED),
        (Status.APPROVED, Event.PARKED),
    ],
)
def test_whoever_said_or_did_something_since_is_not_taken_for_who_decided(status: Status, event: Event) -> None:
    assert _too_late(status, event, BOSS) == _too_late(status)


def test_the_bots_own_doing_is_nobodys() -> None:
    assert _too_late(Status.PURCHASING, by=BOT) == "Nothing changed: the purchase has already left."
