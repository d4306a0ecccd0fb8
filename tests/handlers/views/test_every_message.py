"""What holds for all the bot says: Slack takes it, its plain text says all of it, and nobody writes through us."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.audit import BOT, Event, canonical
from bot.domain.money import Money
from bot.domain.numbers import Listing, OwnedNumber, e164
from bot.domain.policy import Reason
from bot.domain.request import RequestId, Status
from bot.domain.shown import Shown
from bot.domain.terms import Terms
from bot.sandbox.slack.blocks import Surface, check_blocks, check_view
from bot.sandbox.slack.posting import content_of
from handlers.views.answers import help_text, which_number
from handlers.views.card import card
from handlers.views.forms import PickerState, cannot_be_requested, offered_terms, picker
from handlers.views.lists import home, status_list
from handlers.views.message import MESSAGE_TEXT, Message, WrongBlocks, message, paragraph
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from handlers.views.wording import REASON_LIMIT
from tests.builders import BOSS, NOON, NUMBER, a_request, some_terms
from tests.handlers.views.cases import CARDS, ID, REPLIES, a_case, a_purchase, approval, asked_again, charge
from tests.handlers.views.sight import bare, facts, sent, texts
from tests.handlers.views.test_refusals import EVIDENCE

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=60)

MESSAGES: Mapping[str, Message] = {
    **{f"card, {name}": card(shown) for name, shown in CARDS.items()},
    **{f"reply, {name}": reply(shown) for name, shown in REPLIES.items()},
    **{f"refusal, {reason.value}": refusal(reason, EVIDENCE[reason]) for reason in Reason},
    "list of an approver": status_list([*CARDS.values()][:20], [*CARDS.values()][:20]),
    "empty list": status_list([], []),
    "help": help_text("That is a problem."),
    "which number": which_number((e164("+4930901820"), "24 lines"), (e164("+493090182024"), "")),
}


@pytest.mark.parametrize("said", MESSAGES.values(), ids=MESSAGES.keys())
def test_slack_takes_every_message(said: Message) -> None:
    assert check_blocks([*said.blocks], Surface.MESSAGE) == []
    assert said.text


@pytest.mark.parametrize("said", MESSAGES.values(), ids=MESSAGES.keys())
def test_the_plain_text_alone_says_every_fact_of_the_blocks(said: Message) -> None:
    told = bare(said.text)
    assert [fact for fact in facts(said.blocks) if bare(fact) not in told] == []


@pytest.mark.parametrize("said", MESSAGES.values(), ids=MESSAGES.keys())
def test_slack_makes_no_links_and_mentions_of_its_own(said: Message) -> None:
    assert all(text.get("verbatim") is True for text in texts([*said.blocks]) if text["type"] == "mrkdwn")


# What anybody could write, or the provider could send, at its longest.
ODD = st.one_of(
    st.text(max_size=REASON_LIMIT),
    st.sampled_from('&<>*_~`@\n\u202e\u0301👍\ud800"\\').map(lambda character: character * REASON_LIMIT),
    st.sampled_from(["<!channel> ", "<@U0BOSS> ", "<https://x.example|here> ", "&amp; ", "@here ", "&gt; "]).map(
        lambda text: (text * REASON_LIMIT)[:REASON_LIMIT]
    ),
)
AMOUNT = st.decimals(min_value=0, max_value=Decimal("700000000000.999999"), places=6)
"""With twelve months of it, nineteen digits of millionths."""


@st.composite
def odd_terms(draw: st.DrawFn) -> Terms:
    fees = [Money(draw(AMOUNT), "INR") for _ in range(2)]
    terms = some_terms(account=draw(st.sampled_from(["MA_1", f"SA_{'x' * 60}"])), months=draw(st.integers(0, 1200)))
    return replace(terms, setup_fee=fees[0], monthly_fee=fees[1], identity_check=draw(st.booleans()))


@st.composite
def odd_cases(draw: st.DrawFn) -> Shown:
    """Any state and entry, with whatever words and amounts."""
    terms, words = draw(odd_terms()), draw(ODD)
    request = replace(
        a_request(terms=terms, reason=draw(ODD), id=ID, error=draw(st.sampled_from(["rejected", None, "x" * 64]))),
        region=draw(ODD),
        country=draw(st.sampled_from(["IN", None, "x" * 8])),
        capabilities=draw(st.sampled_from([None, (), ("voice", "sms", "mms", "fax")])),
    )
    number = OwnedNumber(
        e164=terms.e164, id=words, owner=words, status=words, region=words, country=words, purchased_at=NOON
    )
    told: dict[str, JsonValue] = {
        **asked_again(draw(st.sampled_from(["terms_changed", "balance_too_low", "frozen"]))),
        **approval(terms, BOSS),
        **charge(draw(st.sampled_from([None, "1", "700000000000.999999"]))),
        "before": dict(approval(some_terms("1+1 INR"))),
        "required": terms.charge.plain(),
        "available": "0.000001",
    }
    told |= {name: words for name in ("reason", "message", "code", "provider_request_id") if draw(st.booleans())}
    case = a_case(draw(st.sampled_from(Status)), draw(st.sampled_from(Event)), actor=draw(st.sampled_from([BOSS, BOT])))
    many = tuple(f"U{number:010d}" for number in range(draw(st.sampled_from([1, 300]))))
    return replace(
        case,
        request=replace(request, status=case.request.status),
        entry=replace(case.entry, data=canonical(told)),
        approvers=many,
        voters=many[:2],
        attempt=a_purchase(number),
    )


Say = Callable[[Shown], Message]


@pytest.mark.parametrize("say", [card, reply, lambda shown: status_list([shown] * 20, [shown] * 20)])
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
    waiting = [replace(shown, request=replace(shown.request, id=RequestId(f"{number:032x}"))) for number in range(20)]
    assert check_view(sent(home([shown] * 20, waiting))) == []


@quick
@given(terms=odd_terms(), region=ODD, why=ODD)
def test_slack_takes_a_picker_of_whatever_the_provider_writes(terms: Terms, region: str, why: str) -> None:
    listing = Listing(e164=terms.e164, region=region, capabilities=("voice",))
    state = PickerState(channel="C1", country="IN")
    assert check_view(sent(picker(state, offered_terms(listing, terms)))) == []
    assert check_view(sent(picker(state, cannot_be_requested(why or "x")))) == []


@pytest.mark.parametrize("reason", Reason)
def test_slack_takes_a_refusal_whatever_its_evidence_says(reason: Reason) -> None:
    evidence = dict.fromkeys(EVIDENCE[reason], "<!channel> *&* " * 400)
    assert check_blocks([*refusal(reason, evidence).blocks], Surface.MESSAGE) == []


# The marks by which mrkdwn does something. Ours are these alone; whatever else stands there was written by somebody.
OURS = re.compile(r"<@[A-Z0-9_]+>|<!subteam\^[A-Z0-9_]+>|<!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[^<>|]*>")
HOSTILE = "<!channel> @here <@U0VICTIM> <https://x.example|click> > quote\n> line *bold* _it_ ~no~ `code` ```block```"


def hostile_case(status: Status, event: Event) -> Shown:
    told: dict[str, JsonValue] = {
        **asked_again("balance_too_low", required=None, available=None),
        **approval(some_terms(), BOSS),
        **charge(None),
        **dict.fromkeys(("reason", "message", "code", "provider_request_id"), HOSTILE),
    }
    request = replace(a_request(reason=HOSTILE, id=ID, error="rejected", status=status), region=HOSTILE)
    number = OwnedNumber(e164=e164(NUMBER), id=HOSTILE, owner=HOSTILE, status=HOSTILE, region=HOSTILE, country=HOSTILE)
    return a_case(status, event, actor=BOSS, facts=told, request=request, attempt=a_purchase(number))


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
@pytest.mark.parametrize("say", [card, reply, lambda shown: status_list([shown], [shown])])
def test_peoples_words_are_never_mentions_links_or_formatting(say: Say, event: Event) -> None:
    for status in Status:
        said = say(hostile_case(status, event))
        marked: list[Any] = [text["text"] for text in texts([*said.blocks]) if text["type"] == "mrkdwn"]
        assert [text for text in [said.text, *marked] if not is_harmless(text, HOSTILE)] == []


def test_a_message_without_a_plain_text_is_refused() -> None:
    with pytest.raises(WrongBlocks):
        message("", [paragraph("words")])


def test_too_many_blocks_are_refused() -> None:
    with pytest.raises(WrongBlocks):
        message("words", [paragraph("words")] * 51)


def test_a_plain_text_is_cut_to_what_slack_takes() -> None:
    assert len(message("x" * 50_000, []).text) == MESSAGE_TEXT
