"""Why nothing changed, in words to one person: each reason has its own, and says what to do next."""

from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import refusals
from bot.domain.audit import BOT
from bot.domain.refusals import Refusal
from bot.domain.request import Status
from bot.domain.trail import Event
from handlers.views.refusals import refusal
from tests.handlers.views.refused import EACH, REFUSALS
from tests.handlers.views.sight import message_as_seen
from tests.harness.builders import ASKER, BOSS, CHANNEL, NUMBER


def _of(kind: type[Refusal]) -> str:
    return refusal(REFUSALS[kind.reason]).text


def _too_late(status: Status, last: Event | None = None, by: str | None = None) -> str:
    return refusal(refusals.NoLongerPossible(status=status.value, last_event=last and last.value, last_actor=by)).text


@pytest.mark.parametrize("name", REFUSALS)
def test_the_refusal_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(refusal(REFUSALS[name])) == snapshot


def test_each_reason_has_words_of_its_own() -> None:
    assert {type(why) for why in EACH} == set(get_args(Refusal))
    assert len({refusal(why).text for why in EACH}) == len(EACH)


@pytest.mark.parametrize("why", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_shows_neither_ids_nor_codes_that_mean_nothing_to_people(why: Refusal) -> None:
    said = refusal(why).text
    assert said.endswith(".")
    assert not any(code in said for code in ("5e5e", "aaaa", "bbbb", "timeout", "internal_error", "OverflowError"))


@pytest.mark.parametrize("why", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_says_that_nothing_came_of_it_in_its_first_words(why: Refusal) -> None:
    first = refusal(why).text.partition(".")[0].lower()
    assert any(word in first for word in ("nothing", "not ", "cannot", "already"))


@pytest.mark.parametrize("why", ["guest", "bot", "deactivated", "other_workspace", "something later"])
def test_each_kind_of_outsider_is_told_what_they_are(why: str) -> None:
    others = {refusal(refusals.NotAFullMember(why=other)).text for other in ("guest", "bot", "deactivated")}
    said = refusal(refusals.NotAFullMember(why=why)).text
    assert said.startswith("Nothing changed: ")
    assert (said in others) == (why in ("guest", "bot", "deactivated"))


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_whoever_comes_too_late_hears_where_the_request_stands(status: Status) -> None:
    said = {other: _too_late(other) for other in Status}
    assert list(said.values()).count(said[status]) == 1


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


def test_an_unsettled_number_is_refused_until_a_time_or_until_its_money_is_back() -> None:
    assert "Ask again after the first hourly check past <!date^1793624400^" in _of(refusals.Unsettled)
    alerted = refusal(REFUSALS["unsettled, money went"]).text
    assert "<!date" not in alerted
    assert "refunded first, or written off by an approver" in alerted


def test_a_number_that_is_requested_is_named_with_who_asked_and_where_its_message_stands() -> None:
    said = _of(refusals.AlreadyRequested)
    assert said.endswith(f"already requested by <@{ASKER}>: its message in <#{CHANNEL}> says where it stands.")


def test_of_a_request_in_a_private_place_neither_is_named() -> None:
    said = refusal(REFUSALS["already requested in private"]).text
    assert "<" not in said
    assert "Ask an approver where it stands" in said


def test_whoever_is_no_approver_hears_who_is() -> None:
    said = _of(refusals.NotAnApprover)
    assert said.endswith(f"Ask one of them: <@{BOSS}>, <!subteam^S_MANAGERS>.")


def test_a_look_that_disagrees_is_told_with_what_it_showed() -> None:
    said = _of(refusals.LookDisagrees)
    assert "does not agree that it was not bought" in said
    assert "transaction `txn_000001` of INR 101.00" in said
    assert "does not agree that it was bought" in refusal(REFUSALS["not bought after all"]).text


def test_past_the_budget_every_figure_is_named() -> None:
    said = _of(refusals.OverBudget)
    assert all(figure in said for figure in ("INR 101.00", "INR 450.00", "INR 500.00", "2026-11", "MONTHLY_BUDGET"))


def test_a_blocked_number_is_called_blocked() -> None:
    said = refusal(refusals.NotForSale(e164=NUMBER, missing="blocked")).text
    assert said.startswith("+91 80 6900 0142 is blocked at Vobiz")
