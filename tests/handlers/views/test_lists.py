"""Requests as lists: the answer to `status`, and App Home."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import refusals
from bot.domain.request import RequestId, Status
from bot.domain.shown import LeftUndone, Listed, MonthSoFar, Shown
from bot.sandbox.slack.blocks import check_view
from bot.sandbox.slack.shapes import objects_of, text_of
from bot.services.tell.queries import LISTED
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.lists import LEFT_OUT, LET_GO, MOST, UNPARK, bought, home, line, month_line, no_home, status_list
from handlers.views.refusals import refusal
from handlers.views.request import binds, budget_left, payer
from handlers.views.wording import money
from tests.handlers.views.cases import BOUGHT, CARDS, ID, purchased
from tests.handlers.views.refused import REFUSALS, UNREADABLE
from tests.handlers.views.sight import message_as_seen, sent, texts, view_as_seen
from tests.harness.builders import NOON, a_month, a_request, a_shown, an_attempt, some_terms

OWN = (CARDS["pending, one of two approvals"], CARDS["denied"])
ASKED = CARDS["checking, people asked"]
WAITING = (CARDS["pending"], replace(ASKED, request=replace(ASKED.request, id=RequestId("6f" * 16))))
MONTHS = (a_month("200 INR", reserved="101 INR", budget="500 INR"), a_month("12.50 USD"))


def a_purchase(reason: str = "for the support line", charged: str | None = "101.50 INR") -> Shown:
    shown = purchased(attempt=an_attempt(number=BOUGHT, charged=charged))
    return replace(shown, request=replace(shown.request, reason=reason, purchased_at=NOON))


UNDONE = tuple(
    LeftUndone(work=work, kind="decide", error="KeyError", at=NOON, e164=number)
    for work, number in ((17, "+918069000142"), (18, None), (19, None), (20, None))
)


LISTS: Mapping[str, Listed] = {
    "of a member": Listed(own=OWN, waiting=None),
    "of a member who never asked": Listed(own=(), waiting=None, months=MONTHS),
    "while the approvers cannot be read": Listed(own=OWN, waiting=None, unread=UNREADABLE),
    "of an approver": Listed(own=OWN, waiting=(CARDS["pending"],), bought=(a_purchase(),), months=MONTHS),
    "of an approver with an outcome to say": Listed(own=(), waiting=WAITING),
    "of an approver with nothing to do": Listed(own=(), waiting=()),
    "of an approver when the bot gave up": Listed(own=(), waiting=(), undone=UNDONE),
    "of an approver who voted": Listed(own=(), waiting=(), for_others=OWN[:1]),
    "of an approver for whom more waits than is listed": Listed(
        own=(), waiting=(CARDS["pending"],), more_waiting=12, for_others=OWN[:1], more_for_others=1
    ),
}


def many(shown: Shown, how_many: int) -> tuple[Shown, ...]:
    """The same with an id each."""
    return tuple(replace(shown, request=replace(shown.request, id=RequestId(f"{n:032x}"))) for n in range(how_many))


def actions(listed: Listed) -> list[list[tuple[str, str]]]:
    """Action and request of every button, a list for each row."""
    rows = [block for block in objects_of(sent(home(listed)), "blocks") if block["type"] == "actions"]
    return [
        [(text_of(button, "action_id"), text_of(button, "value")[:32]) for button in objects_of(row, "elements")]
        for row in rows
    ]


@pytest.mark.parametrize("name", LISTS)
def test_the_list_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(status_list(LISTS[name])) == snapshot


@pytest.mark.parametrize("name", LISTS)
def test_the_home_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert view_as_seen(home(LISTS[name])) == snapshot


@pytest.mark.parametrize(("group", "words"), [("S1", "group <!subteam^S1>"), (None, "Slack")])
def test_while_the_approvers_cannot_be_read_it_is_said_instead_of_what_waits(group: str | None, words: str) -> None:
    listed = Listed(own=(), waiting=None, unread=refusals.PeopleUnreadable(why="x", group=group))
    for said in (status_list(listed).text, str(home(listed))):
        assert words in said
        assert "Nothing changed" not in said
        assert said.index("Waiting for you") < said.index(words) < said.index("Your requests")


@pytest.mark.parametrize("name", [name for name, shown in CARDS.items() if shown.request.status is Status.PENDING])
@pytest.mark.parametrize("how_many", [2, 300])
def test_whoever_decides_at_home_sees_everything_that_a_decision_rests_on(name: str, how_many: int) -> None:
    shown = replace(CARDS[name], approvers=tuple(f"U{number:010d}" for number in range(how_many)))
    terms = shown.request.terms
    said = str(home(Listed(own=(), waiting=(shown,))))
    amounts = (terms.setup_fee, terms.monthly_fee, terms.charge, terms.first_year)
    assert all(money(amount) in said for amount in amounts)
    assert all(words in said for words in binds(terms))
    assert (payer(terms.account) or "") in said
    assert budget_left(shown.cause.told) in said


@pytest.mark.parametrize("status", Status)
def test_whoever_asked_can_withdraw_at_home_until_the_call_leaves(status: Status) -> None:
    own = replace(a_shown(), request=replace(a_request(id=ID), status=status))
    expected = [[(WITHDRAW, ID)]] if status in (Status.PENDING, Status.APPROVED) else []
    assert actions(Listed(own=(own,), waiting=None)) == expected


def test_whoever_may_approve_their_own_sees_it_twice_and_each_button_once() -> None:
    own = a_shown(a_request(id=ID))
    assert actions(Listed(own=(own,), waiting=(own,))) == [[(APPROVE, ID), (DENY, ID)], [(WITHDRAW, ID)]]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_home_that_may_not_be_seen_says_why_and_nothing_else(name: str) -> None:
    view = no_home(REFUSALS[name])
    assert check_view(sent(view)) == []
    [said] = [str(text["text"]) for text in texts(view)]
    assert said[0].isupper() or said[0] == "+"
    assert said.lower() in refusal(REFUSALS[name]).text.lower()


def longest(how_many: int) -> Listed:
    pending = replace(a_shown(a_request(reason="r" * 500)), approvers=tuple(f"U{n:010d}" for n in range(300)))
    months = tuple(a_month(f"1 {currency}") for currency in ("INR", "USD", "EUR", "GBP", "SGD", "AUD", "CAD", "CHF"))
    listed = many(pending, how_many)
    return Listed(
        own=listed, waiting=listed, bought=many(a_purchase("r" * 500), how_many), months=months, undone=UNDONE
    )


def test_the_longest_lists_fit() -> None:
    assert len(status_list(longest(LISTED)).blocks) <= 50
    waiting = many(a_shown(), LISTED // 2)
    both = replace(longest(LISTED), waiting=waiting, for_others=waiting, more_waiting=1, more_for_others=1)
    assert len(status_list(both).blocks) <= 50
    assert check_view(sent(home(longest(LISTED)))) == []


@pytest.mark.parametrize(("how_many", "times"), [(MOST, 0), (MOST + 1, 2)])
def test_a_list_that_is_cut_says_so(how_many: int, times: int) -> None:
    assert str(home(longest(how_many))).count(LEFT_OUT) == times


@pytest.mark.parametrize(
    ("listed", "more", "words"),
    [(MOST, 0, None), (MOST + 1, 0, "…and 1 more waits."), (MOST + 1, 4, "…and 5 more wait."), (1, 4, "…and 4 more")],
)
def test_a_home_says_how_many_more_wait_than_it_shows(listed: int, more: int, words: str | None) -> None:
    shown = str(home(Listed(own=(), waiting=many(a_shown(), listed), more_waiting=more)))
    assert words in shown if words else "more wait" not in shown


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS.keys())
def test_a_line_says_number_price_state_and_who_asked(shown: Shown) -> None:
    said = line(shown)
    assert "+91 80 6900 0142" in said
    assert shown.request.status.value in said
    assert f"<@{shown.request.requester}>" in said


def test_a_bought_number_cost_what_was_approved_when_no_charge_was_read_and_no_reason_is_made_up() -> None:
    assert "INR 101.00, then INR 1.00 a month" in bought(a_purchase(charged=None))
    assert "INR 101.00, then" in bought(replace(a_purchase(), attempt=None))
    assert bought(a_purchase(reason="")).endswith(f"<@{a_purchase().request.requester}>")


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (a_month("0 INR", budget="500 INR"), "INR 0.00 spent of INR 500.00; INR 500.00 left."),
        (a_month("500 INR", budget="500 INR"), "INR 500.00 spent of INR 500.00; INR 0.00 left."),
        (a_month("600.50 INR", budget="500 INR"), "INR 600.50 spent, *INR 100.50 over* the budget of INR 500.00."),
        (
            a_month("12.50 USD", reserved="1 USD", budget="0 USD"),
            "USD 12.50 spent and USD 1.00 promised. There is no budget in USD.",
        ),
    ],
)
def test_a_month_is_held_against_its_budget(month: MonthSoFar, said: str) -> None:
    assert month_line(month) == f"*2026-11*: {said}"


def test_what_the_bot_gave_up_has_two_ways_out_each_with_its_number() -> None:
    rows = [[(UNPARK, str(work)), (LET_GO, str(work))] for work in (17, 18, 19)]
    assert actions(Listed(own=(), waiting=(), undone=UNDONE)) == rows


def test_a_home_of_what_waits_needs_no_row_for_a_request_without_buttons() -> None:
    bare = a_shown(replace(a_request(terms=some_terms()), status=Status.CHECKING))
    assert actions(Listed(own=(), waiting=(bare,))) == []
    assert check_view(sent(home(Listed(own=(), waiting=(bare,))))) == []
