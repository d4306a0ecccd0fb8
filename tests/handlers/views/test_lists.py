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
from handlers.views.forms import REQUEST_NUMBER
from handlers.views.lists import LEFT_OUT, LET_GO, MOST, UNPARK, bought, home, line, month_line, no_home, status_list
from handlers.views.questions import REQUEST_CHANGES
from handlers.views.refusals import refusal
from handlers.views.request import budget_left, cautions
from handlers.views.wording import money
from tests.handlers.views.cases import BOUGHT, CARDS, ID, purchased
from tests.handlers.views.refused import REFUSALS, UNREADABLE
from tests.handlers.views.sight import message_as_seen, sent, texts, view_as_seen
from tests.harness.builders import BOSS, NOON, a_month, a_request, a_shown, an_attempt, some_terms

WORKSPACE = "https://team.slack.com/"

DENIED = replace(CARDS["denied"], request=replace(CARDS["denied"].request, id=RequestId("4e" * 16)))
OWN = (CARDS["pending, one of two approvals"], DENIED)
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
    "of an approver who was refused at home": Listed(own=(), waiting=(), refused=REFUSALS["over_budget"]),
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
    """Action and request of every button, a list for each row; above all of them is what asks for a number."""
    rows = [block for block in objects_of(sent(home(listed)), "blocks") if block["type"] == "actions"]
    first, *others = [
        [(text_of(button, "action_id"), text_of(button, "value")[:32]) for button in objects_of(row, "elements")]
        for row in rows
    ]
    assert first == [(REQUEST_NUMBER, "home")]
    return others


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
    assert all(words in said for words in cautions(shown))
    assert budget_left(shown) in said


@pytest.mark.parametrize("status", Status)
def test_whoever_asked_can_withdraw_at_home_until_the_call_leaves(status: Status) -> None:
    own = replace(a_shown(), request=replace(a_request(id=ID), status=status))
    expected = [[(WITHDRAW, ID)]] if status in (Status.PENDING, Status.APPROVED) else []
    assert actions(Listed(own=(own,), waiting=None)) == expected


def test_whoever_may_approve_their_own_sees_it_twice_and_each_button_once() -> None:
    own = a_shown(a_request(id=ID))
    asked = [(APPROVE, ID), (DENY, ID), (REQUEST_CHANGES, ID)]
    assert actions(Listed(own=(own,), waiting=(own,))) == [asked, [(WITHDRAW, ID)]]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_home_that_may_not_be_seen_says_why_and_nothing_else(name: str) -> None:
    view = no_home(REFUSALS[name])
    assert check_view(sent(view)) == []
    [said] = [str(text["text"]) for text in texts(view)]
    assert said[0].isupper() or said[0] in "+₹"
    assert said.lower() in refusal(REFUSALS[name]).text.lower()


def longest(how_many: int) -> Listed:
    pending = replace(a_shown(a_request(reason="r" * 500)), approvers=tuple(f"U{n:010d}" for n in range(300)))
    months = tuple(a_month(f"1 {currency}") for currency in ("INR", "USD", "EUR", "GBP", "SGD", "AUD", "CAD", "CHF"))
    listed = many(pending, how_many)
    return Listed(
        own=listed,
        waiting=listed,
        bought=many(a_purchase("r" * 500), how_many),
        months=months,
        frozen=(NOON, BOSS),
        refused=REFUSALS["over_budget"],
        undone=UNDONE,
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
    assert not said.partition(" *")[0].isascii()
    assert f"<@{shown.request.requester}>" in said


def test_a_bought_number_cost_what_was_approved_when_no_charge_was_read_and_no_reason_is_made_up() -> None:
    assert "₹101, then ₹1 a month" in bought(a_purchase(charged=None))
    assert "₹101, then" in bought(replace(a_purchase(), attempt=None))
    assert bought(a_purchase(reason="")).endswith(f"for <@{a_purchase().request.requester}>")


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (a_month("1351 INR", budget="10000 INR"), "₹1,351 of ₹10,000 · ₹8,649 left"),
        (
            a_month("1250 INR", reserved="101 INR", budget="2000 INR"),
            "₹1,351 of ₹2,000 · ₹101 of it reserved · ₹649 left",
        ),
        (a_month("500 INR", budget="500 INR"), "₹500 of ₹500 · ₹0 left"),
        (a_month("600.50 INR", budget="500 INR"), "₹600.50 of ₹500 · *₹100.50 over the budget*"),
        (a_month("12.50 USD", reserved="1 USD", budget="0 USD"), "US$13.50 · US$1 of it reserved · no budget in USD"),
    ],
)
def test_a_month_is_held_against_its_budget(month: MonthSoFar, said: str) -> None:
    assert month_line(month) == f"*November*: {said}"


def test_only_currencies_in_which_anything_moved_are_listed_at_home() -> None:
    months = (a_month("0 EUR", budget="100 EUR"), a_month("0 INR", reserved="101 INR"), a_month("2 USD"))
    said = str(home(Listed(own=(), waiting=None, months=months)))
    assert "€" not in said
    assert "₹101" in said
    assert "US$2" in said
    assert "Nothing is spent or reserved this month" in str(home(Listed(own=(), waiting=None, months=months[:1])))


def test_while_it_is_frozen_that_is_said_and_nothing_offers_to_approve() -> None:
    frozen = Listed(own=(), waiting=(a_shown(a_request(id=ID)),), frozen=(NOON, BOSS))
    assert actions(frozen) == [[(DENY, ID), (REQUEST_CHANGES, ID)]]
    for said in (str(home(frozen)), status_list(frozen).text):
        assert f"Buying is frozen* by <@{BOSS}>" in said


def test_what_is_listed_links_to_its_message_where_that_stands() -> None:
    stands = replace(a_shown(), message=("C1", "1793620800.000100"))
    link = "<https://team.slack.com/archives/C1/p1793620800000100|message>"
    listed = Listed(own=(stands,), waiting=(stands,), bought=(replace(a_purchase(), message=stands.message),))
    assert str(home(listed, WORKSPACE)).count(link) == 3
    assert status_list(listed, WORKSPACE).text.count(link) == 2
    for without in ("", "https://x.example/<!channel>/"):
        assert "archives" not in str(home(listed, without))
    assert "archives" not in str(home(Listed(own=(a_shown(),), waiting=None), WORKSPACE))


def test_what_the_bot_gave_up_has_two_ways_out_each_with_its_number() -> None:
    rows = [[(UNPARK, str(work)), (LET_GO, str(work))] for work in (17, 18, 19)]
    assert actions(Listed(own=(), waiting=(), undone=UNDONE)) == rows


def test_a_home_of_what_waits_needs_no_row_for_a_request_without_buttons() -> None:
    bare = a_shown(replace(a_request(terms=some_terms()), status=Status.CHECKING))
    assert actions(Listed(own=(), waiting=(bare,))) == []
    assert check_view(sent(home(Listed(own=(), waiting=(bare,))))) == []
