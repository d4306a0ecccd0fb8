"""`/buynumber why`: the first sentence says whether the bot bought it, the rest who, what for and for how much."""

from dataclasses import replace

import pytest

from bot.domain.known import Asked, Known, Outside
from bot.domain.numbers import e164
from bot.domain.shown import Shown
from bot.sandbox.slack.blocks import Surface, check_blocks
from handlers.views.why import ARCHIVED, PRIVATE, why
from tests.handlers.views.cases import BOUGHT, CARDS, purchased
from tests.handlers.views.sight import texts
from tests.harness.builders import ASKER, BOSS, CHANNEL, NOON, NUMBER, an_attempt

OUTSIDE = Outside(status="active", owner="MA_1", found_at=NOON)
LINK = "https://team.slack.com/archives/C1/p1"


def known(*shown: Shown, is_hidden: bool = False, outside: Outside | None = None, swept: bool = True) -> Known:
    asked = tuple(Asked(shown=one, channel=CHANNEL, ts="1.000001") for one in shown)
    swept_at = NOON if swept else None
    return Known(e164=e164(NUMBER), asked=asked, is_hidden=is_hidden, outside=outside, swept_at=swept_at)


def lines(of: Known, link: str | None = None) -> list[str]:
    links: dict[str, str] = {asked.shown.request.id: link for asked in of.asked} if link else {}
    return why(of, links).text.splitlines()


def test_of_a_number_that_was_bought_it_says_who_what_for_and_for_how_much() -> None:
    shown = purchased(attempt=an_attempt(number=BOUGHT, charged="101.50 INR"))
    bought = replace(shown, request=replace(shown.request, purchased_at=NOON), voters=(BOSS,))
    first, asked, decided, paid, *_, last = lines(known(bought), LINK)
    assert "was bought through this bot, <!date^" in first
    assert (f"<@{ASKER}>" in asked, shown.request.reason in asked) == (True, True)
    assert f"Approved by <@{BOSS}>" in decided
    assert ("101.50" in paid, "a month" in paid) == (True, True)
    assert last == f"<{LINK}|The message, with its thread>"


def test_a_denial_names_who_and_why() -> None:
    assert any(line.startswith("Denied by <@") for line in lines(known(CARDS["denied"])))


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (known(), "was not bought through this bot: nobody asked for it here. The last sweep, "),
        (known(swept=False), "No sweep has looked at our numbers yet."),
        (known(outside=OUTSIDE), "is ours, but not through this bot: nobody asked for it here. The sweep has seen it"),
        (known(is_hidden=True), "was asked for in a private place: only whoever asked and the"),
    ],
)
def test_without_a_request_that_may_be_seen_one_line_says_so(of: Known, says: str) -> None:
    (line,) = lines(of)
    assert says in line


def test_beside_other_requests_it_says_what_is_hidden_and_that_the_number_is_ours_all_the_same() -> None:
    said = lines(known(CARDS["denied"], is_hidden=True, outside=OUTSIDE))
    assert said[-1] == PRIVATE
    assert said[-2].startswith("No request bought it, and it is ours all the same")
    assert "status active, account MA_1" in said[-2]


def test_where_requests_were_archived_nothing_being_known_is_not_the_last_word() -> None:
    assert lines(replace(known(), is_archived=True))[-1] == ARCHIVED
    assert ARCHIVED not in lines(replace(known(CARDS["denied"]), is_archived=True))


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS)
def test_slack_takes_it_of_whatever_a_card_shows_and_its_text_says_the_same(shown: Shown) -> None:
    told = why(known(*[shown] * 5, outside=OUTSIDE), {shown.request.id: LINK})
    assert check_blocks([*told.blocks], Surface.MESSAGE) == []
    assert told.text == "\n".join(str(text["text"]) for text in texts([*told.blocks]))
