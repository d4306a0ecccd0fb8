"""Whatever people and the provider write: Slack takes the message, and nobody writes through us."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from pydantic import JsonValue

from bot.domain.audit import Event
from bot.domain.numbers import Listing, OwnedNumber, e164
from bot.domain.request import RequestId, Status
from bot.domain.shown import Listed, Shown
from bot.domain.terms import Terms
from bot.sandbox.slack.blocks import Surface, check_blocks, check_view
from bot.sandbox.slack.posting import content_of
from bot.services.reconcile.look import debit_facts
from bot.services.tell.queries import LISTED
from handlers.views.announcements import announcement
from handlers.views.card import card
from handlers.views.forms import PickerState, cannot_be_requested, offered_terms, picker
from handlers.views.lists import home, status_list
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from tests.handlers.views.cases import (
    DEBIT,
    ID,
    SEEN,
    SIMILAR,
    a_case,
    approval,
    asked_again,
    charge,
)
from tests.handlers.views.odd import ODD, odd_cases, odd_terms
from tests.handlers.views.refused import REFUSALS
from tests.handlers.views.sight import buttons, sent, texts
from tests.handlers.views.told import frozen
from tests.harness.builders import BOSS, NUMBER, a_request, an_attempt, some_terms

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=60)

Say = Callable[[Shown], Message]


def listed(shown: Shown, times: int = LISTED) -> Listed:
    """The same everywhere that a list has room for it."""
    found = tuple(replace(shown, request=replace(shown.request, id=RequestId(f"{n:032x}"))) for n in range(times))
    months = () if shown.month is None else (shown.month,) * 8
    return Listed(own=found, waiting=found, bought=found, months=months)


@pytest.mark.parametrize("say", [card, reply, lambda shown: status_list(listed(shown))])
def test_slack_takes_whatever_people_and_the_provider_write(say: Say) -> None:
    @quick
    @given(shown=odd_cases())
    def slack_takes(shown: Shown) -> None:
        said = say(shown)
        assert check_blocks([*said.blocks], Surface.MESSAGE) == []
        assert content_of(said.text, [*said.blocks]).text == said.text
        said.text.encode()

    slack_takes()


@quick
@given(shown=odd_cases())
def test_slack_takes_a_home_of_whatever_people_and_the_provider_write(shown: Shown) -> None:
    assert check_view(sent(home(listed(shown)))) == []


@quick
@given(terms=odd_terms(), region=ODD, why=ODD)
def test_slack_takes_a_picker_of_whatever_the_provider_writes(terms: Terms, region: str, why: str) -> None:
    listing = Listing(e164=terms.e164, region=region, capabilities=("voice",))
    state = PickerState(channel="C1", country="IN")
    assert check_view(sent(picker(state, offered_terms(listing, terms)))) == []
    assert check_view(sent(picker(state, cannot_be_requested(why or "x")))) == []


OUR_OWN = {"amount", "at", "budget", "charge", "currency", "e164", "used", "until"}
"""What evidence holds of numbers, amounts and times is written by us, and read back as such."""


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
    reason, evidence = REFUSALS[name]
    told = with_words(dict(evidence), words)
    assert isinstance(told, dict)
    return refusal(reason, told)


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
    r"<[@#][A-Z0-9_]+>|<!subteam\^[A-Z0-9_]+>|<!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[^<>|]*>"
)
HOSTILE = "<!channel> @here <@U0VICTIM> <https://x.example|click> > quote\n> line *bold* _it_ ~no~ `code` ```block```"


def hostile_case(status: Status, event: Event) -> Shown:
    debits: list[JsonValue] = [debit_facts(replace(DEBIT, id=HOSTILE, description=HOSTILE))]
    seen: dict[str, JsonValue] = {**SEEN["ours, under way"], "owned_status": HOSTILE, "debits": debits}
    told: dict[str, JsonValue] = {
        **asked_again("balance_too_low", required=None, available=None),
        **approval(some_terms(), BOSS),
        **charge(None),
        **dict.fromkeys(("reason", "message", "code", "provider_request_id"), HOSTILE),
        "seen": seen,
        "debits": debits,
        "similar": [replace(other, region=HOSTILE).facts() for other in SIMILAR],
    }
    request = replace(a_request(reason=HOSTILE, id=ID, error="rejected", status=status), region=HOSTILE)
    number = OwnedNumber(e164=e164(NUMBER), id=HOSTILE, owner=HOSTILE, status=HOSTILE, region=HOSTILE, country=HOSTILE)
    attempt = an_attempt(number=number, asks_people=True, is_alerted=True, seen=seen)
    return a_case(status, event, actor=BOSS, facts=told, request=request, attempt=attempt)


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


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("say", [card, reply, lambda shown: status_list(listed(shown, 1))])
def test_peoples_words_are_never_mentions_links_or_formatting(say: Say, event: Event) -> None:
    for status in Status:
        assert harmful(say(hostile_case(status, event))) == []


def harmful(said: Message) -> list[str]:
    """What mrkdwn would make something of that is not ours."""
    marked: list[Any] = [text["text"] for text in texts([*said.blocks]) if text["type"] == "mrkdwn"]
    return [text for text in [said.text, *marked] if not is_harmless(text, HOSTILE)]


@pytest.mark.parametrize("status", Status)
def test_peoples_words_are_as_harmless_at_home(status: Status) -> None:
    view = home(listed(hostile_case(status, Event.REQUESTED), 1))
    marked = [str(text["text"]) for text in texts(view) if text["type"] == "mrkdwn"]
    assert [text for text in marked if not is_harmless(text, HOSTILE)] == []


@pytest.mark.parametrize("name", REFUSALS)
def test_the_words_of_evidence_are_as_harmless(name: str) -> None:
    assert harmful(refused_with(name, HOSTILE)) == []


def test_a_region_stands_in_a_label_on_one_line_and_as_it_was_written() -> None:
    moved = hostile_case(Status.FAILED, Event.FAILED)
    labels = [str(button["accessibility_label"]) for button in buttons(card(moved).blocks).values()]
    assert any("instead in <!channel>" in label for label in labels)
    assert not any("\n" in label for label in labels)
