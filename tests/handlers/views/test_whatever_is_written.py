"""Whatever people and the provider write: Slack takes the message, and nobody writes through us."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from pydantic import JsonValue

from bot.domain import refusals, trail
from bot.domain.facts import Debit
from bot.domain.numbers import Listing, OwnedNumber, e164
from bot.domain.request import RequestId, Status
from bot.domain.shown import Asked, Listed, Shown
from bot.domain.terms import Terms
from bot.domain.trail import AnyTold
from bot.sandbox.slack.blocks import Surface, check_blocks, check_view
from bot.sandbox.slack.posting import content_of
from bot.services.tell.queries import LISTED
from handlers.views.announcements import announcement
from handlers.views.blocks import paragraph
from handlers.views.card import card
from handlers.views.forms import PickerState, offered_terms, picker
from handlers.views.lists import home, status_list
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import CONSOLE, reply
from tests.handlers.views.cases import DEBIT, ID, SEEN, SIMILAR, UNTOLD, a_case, frozen, looked, paid
from tests.handlers.views.odd import ODD, anything, odd_cases, odd_terms
from tests.handlers.views.refused import REFUSALS
from tests.handlers.views.sight import buttons, sent, texts
from tests.harness.builders import BOSS, NUMBER, a_month, a_request, a_vote

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=30)

Say = Callable[[Shown], Message]


def listed(shown: Shown, times: int = LISTED) -> Listed:
    """The same everywhere that a list has room for it."""
    found = tuple(replace(shown, request=replace(shown.request, id=RequestId(f"{n:032x}"))) for n in range(times))
    return Listed(own=found, waiting=found, bought=found, months=(a_month("1 INR", budget="2 INR"),) * 8)


@pytest.mark.parametrize("say", [card, reply, lambda shown: status_list(listed(shown))])
@quick
@given(shown=odd_cases())
def test_slack_takes_whatever_people_and_the_provider_write(say: Say, shown: Shown) -> None:
    assume(say is not reply or not isinstance(shown.entry.told, UNTOLD))
    said = say(shown)
    assert check_blocks([*said.blocks], Surface.MESSAGE) == []
    assert content_of(said.text, [*said.blocks]).text == said.text
    said.text.encode()


@quick
@given(shown=odd_cases())
def test_slack_takes_a_home_of_whatever_people_and_the_provider_write(shown: Shown) -> None:
    assert check_view(sent(home(listed(shown)))) == []


@quick
@given(terms=odd_terms(), region=ODD, why=ODD)
def test_slack_takes_a_picker_of_whatever_the_provider_writes(terms: Terms, region: str, why: str) -> None:
    listing = Listing(e164=terms.e164, region=region, capabilities=("voice",))
    state = PickerState(channel="C1", country="IN")
    assert check_view(sent(picker(state, below=offered_terms([(listing, terms)])))) == []
    assert check_view(sent(picker(state, below=[paragraph(why or "x")]))) == []


OUR_OWN = {
    *("amount", "budget", "charge", "currency", "e164", "most", "reason", "used"),
    *("asked_at", "at", "called_at", "clicked_at", "copied_at", "frozen_at", "month", "said", "until"),
}
"""What evidence holds of numbers, amounts, times and further reasons is written by us, and read back as such."""


def with_words(value: JsonValue, words: str) -> JsonValue:
    """The same evidence with these words wherever it has any."""
    match value:
        case str():
            return words
        case dict():
            return {name: held if name in OUR_OWN else with_words(held, words) for name, held in value.items()}
        case list():
            return [with_words(held, words) for held in value]
        case _:
            return value


def refused_with(name: str, words: str) -> Message:
    why = REFUSALS[name]
    told = with_words(why.facts(), words)
    assert isinstance(told, dict)
    return refusal(refusals.read(why.reason, told))


@pytest.mark.parametrize("name", REFUSALS)
def test_slack_takes_a_refusal_whatever_its_evidence_says(name: str) -> None:
    assert check_blocks([*refused_with(name, "<!channel> *&* " * 400).blocks], Surface.MESSAGE) == []


@pytest.mark.parametrize("how_many", [0, 1, 500])
def test_slack_takes_an_announcement_of_however_many_calls(how_many: int) -> None:
    numbers = tuple(f"+91806901{number:04d}" for number in range(how_many))
    said = announcement(frozen(out=numbers, returned=numbers))
    assert check_blocks([*said.blocks], Surface.MESSAGE) == []
    assert content_of(said.text, [*said.blocks]).text == said.text


# The marks by which mrkdwn does something. Ours are these alone; whatever else stands there was written by somebody.
OURS = re.compile(
    r"<[@#][A-Z0-9_]+>|<!subteam\^[A-Z0-9_]+>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>|]*>|"
    + re.escape(CONSOLE)
)
HOSTILE = "<!channel> @here <@U0VICTIM> <https://x.example|click> > quote\n> line *bold* _it_ ~no~ `code` ```block```"


def hostile_case(status: Status, kind: type[AnyTold]) -> Shown:
    debit = Debit.of(replace(DEBIT, id=HOSTILE, description=HOSTILE))
    seen = SEEN["ours, under way"].model_copy(update={"owned_status": HOSTILE, "debits": (debit,)})
    similar = tuple(other.model_copy(update={"region": HOSTILE}) for other in SIMILAR)
    request = replace(a_request(reason=HOSTILE, id=ID, error="rejected", status=status), region=HOSTILE)
    number = OwnedNumber(e164=e164(NUMBER), id=HOSTILE, owner=HOSTILE, status=HOSTILE, region=HOSTILE, country=HOSTILE)
    facts: dict[str, JsonValue] = {
        **a_vote(request, BOSS).facts(),
        **paid(None).facts(),
        **dict.fromkeys(("reason", "message", "code", "provider_request_id", "question", "answer"), HOSTILE),
        "why": "balance_too_low",
        "seen": seen.facts(),
        "debits": [debit.facts()],
        "similar": [other.facts() for other in similar],
    }
    attempt = looked(seen, number=number, asks_people=True, is_alerted=True)
    shown = a_case(status, anything(kind, request, facts), actor=BOSS, request=request, attempt=attempt)
    return replace(shown, offered=similar, asked=Asked(question=HOSTILE, by=BOSS, answer=HOSTILE))


def in_a_list(shown: Shown) -> Message:
    return status_list(listed(shown, 1))


def is_harmless(text: str, written: str) -> bool:
    """No mention, link, quote or formatting in `text` but ours; `written` is what stands in the plain places."""
    rest = OURS.sub("", text)
    return (
        not set("<>") & set(rest)
        and re.search(r"@(?:here|channel|everyone|U0VICTIM)", rest) is None
        and re.search(r"^\s*&gt;", rest, re.MULTILINE) is None
        and "```" not in rest
        and not any(mark in rest for mark in ("*bold*", "_it_", "~no~", "`code`"))
        and written not in rest
    )


@pytest.mark.parametrize(
    ("say", "kind"),
    [(say, kind) for say in (card, in_a_list) for kind in get_args(AnyTold)]
    + [(reply, kind) for kind in get_args(AnyTold) if kind not in UNTOLD],
)
def test_peoples_words_are_never_mentions_links_or_formatting(say: Say, kind: type[AnyTold]) -> None:
    for status in Status:
        assert harmful(say(hostile_case(status, kind))) == []


def harmful(said: Message) -> list[str]:
    """What mrkdwn would make something of that is not ours."""
    marked: list[Any] = [text["text"] for text in texts([*said.blocks]) if text["type"] == "mrkdwn"]
    return [text for text in [said.text, *marked] if not is_harmless(text, HOSTILE)]


@pytest.mark.parametrize("status", Status)
def test_peoples_words_are_as_harmless_at_home(status: Status) -> None:
    view = home(listed(hostile_case(status, trail.Requested), 1))
    marked = [str(text["text"]) for text in texts(view) if text["type"] == "mrkdwn"]
    assert [text for text in marked if not is_harmless(text, HOSTILE)] == []


@pytest.mark.parametrize("name", REFUSALS)
def test_the_words_of_evidence_are_as_harmless(name: str) -> None:
    assert harmful(refused_with(name, HOSTILE)) == []


def test_a_region_stands_in_a_label_on_one_line_and_as_it_was_written() -> None:
    moved = hostile_case(Status.FAILED, trail.Failed)
    labels = [str(button["accessibility_label"]) for button in buttons(card(moved).blocks).values()]
    assert any("instead in <!channel>" in label for label in labels)
    assert not any("\n" in label for label in labels)
