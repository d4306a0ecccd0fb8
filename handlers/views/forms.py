"""The forms: why a request is denied, a question and its answer, and the picker of a number."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.domain import refusals
from bot.domain.basket import MOST
from bot.domain.money import Money, sums
from bot.domain.numbers import E164, Listing
from bot.domain.refusals import NotAllowed
from bot.domain.request import RequestId
from bot.domain.terms import Terms
from handlers.search import LONGEST
from handlers.views.blocks import (
    LONGEST_TEXT,
    Block,
    footer,
    options_for,
    paragraph,
    public_channel,
    question,
    several_options_for,
    text_input,
)
from handlers.views.message import BLOCKS_A_VIEW, checked
from handlers.views.offers import country_option, number_option
from handlers.views.request import binds, capabilities, location, money_line, not_for_sale, payer, price
from handlers.views.wording import REASON_LIMIT, escape, join, money, number

DENY_FORM, PICKER = "deny_form", "picker"
"""Callback ids."""

REASON, COUNTRY, SEARCH, NUMBER, CHANNEL = "reason", "country", "search", "number", "channel"
"""Action ids, and ids of the blocks they stand in; that of the number says more."""

REQUEST_NUMBER = "request_number"
"""Of a button anywhere that opens the picker, and of the global shortcut."""

REQUEST_NUMBER_HERE = "request_number_here"
"""Of the message shortcut."""

View = dict[str, JsonValue]


IN_CHANNEL = "@"
"""Between the request and the channel, in what the deny form carries, and the forms of questions and answers."""

QUESTION_FORM, ANSWER_FORM = "question_form", "answer_form"
"""Callback ids."""


def deny_form(request: RequestId, digest: str, about: E164 | None = None, channel: str | None = None) -> View:
    """Asks why; the card keeps its buttons until this is sent.

    `about` is the number, where it is known; `channel` where it was asked for, to be answered there.
    """
    what = number(about) if about else "this"
    blocks: list[Block] = [
        paragraph(f"Say why {what} is not to be bought. The reason is shown in the thread."),
        _reason_input("Reason", "Too expensive; we have a free number already", optional=False),
    ]
    return _form(DENY_FORM, "Deny a purchase", "Deny", blocks, _carried(f"{request}.{digest}", channel))


def question_form(value: str, about: E164 | None = None, channel: str | None = None) -> View:
    """Asks what the requester is to be asked; `value` is what the button carries, the others as in `deny_form`."""
    what = number(about) if about else "this"
    blocks: list[Block] = [
        paragraph(
            f"What has to be known, or different, before {what} can be decided? The requester is asked in the thread. "
            "Votes stay as they are."
        ),
        _reason_input("Question", "Is one number not enough for both teams?", optional=False),
    ]
    return _form(QUESTION_FORM, "Request changes", "Ask", blocks, _carried(value, channel))


def answer_form(value: str, asked: str | None = None, channel: str | None = None) -> View:
    """Asks the requester what was `asked`, where that could be read."""
    blocks: list[Block] = [
        *([paragraph(f"> {escape(asked)}")] if asked else []),
        _reason_input("Answer", "Each team has its own opening hours", optional=False),
        footer(
            "It is told in the thread, and stands on the request's message. Withdrawing the request is the other way."
        ),
    ]
    return _form(ANSWER_FORM, "Answer a question", "Answer", blocks, _carried(value, channel))


def _carried(value: str, channel: str | None) -> str:
    return value + (f"{IN_CHANNEL}{channel}" if channel else "")


class ShownTerms(BaseModel):
    """Which numbers' terms the picker shows, and the digest of them all."""

    model_config = ConfigDict(frozen=True)

    numbers: tuple[str, ...]
    digest: str


class PickerState(BaseModel):
    """What the picker remembers while it is open, in its `private_metadata`."""

    model_config = ConfigDict(frozen=True)

    channel: Annotated[str, Field(max_length=64)]
    """Where it was opened; empty where there is none, and the form asks for one."""
    is_private: bool = False
    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
    search: Annotated[str, Field(max_length=LONGEST)] = ""
    slot: Annotated[str, Field(pattern=r"^[A-Za-z0-9+]{0,20}$")] = ""
    """Tells one field for the number from the next: Slack keeps what was chosen in a block while its id stays."""
    shown: ShownTerms | None = None

    def digest_of(self, numbers: Sequence[str]) -> str | None:
        """Of the terms that were shown for these; `None` when none were, as when one was chosen a moment ago."""
        return self.shown.digest if self.shown is not None and {*self.shown.numbers} == {*numbers} else None

    @property
    def number_block(self) -> str:
        return f"{NUMBER}.{self.slot or self.country}"


def picker(
    state: PickerState,
    *,
    found: str = "",
    chosen: Sequence[Listing] = (),
    most: int = MOST,
    below: Sequence[Block] = (),
    reason: str = "",
) -> View:
    """Country, search, numbers, what for; `found` says what the search came to, `below` the terms of those chosen.

    Country and search are told at once: a list is asked for without what stands in the other fields, so `state` has to
    know it (source: Slack's `block_suggestion` payload, whose view is as it was last written). `chosen` and `reason`
    fill fields that are new; a reason that is too long is refused when it is sent, so that nothing of it is lost.
    """
    blocks: list[Block] = [
        question(
            COUNTRY,
            "Country",
            options_for("Type a country's name", from_length=0, chosen=country_option(state.country)),
            is_told=True,
        ),
        question(
            SEARCH,
            "Search",
            text_input(LONGEST, initial=state.search, placeholder=SEARCHES, is_told_at_once=True),
            is_optional=True,
            is_told=True,
        ),
        *([footer(found)] if found else []),
        question(
            NUMBER,
            "Number" if most == 1 else f"Numbers (one, or up to {most} at once)",
            several_options_for(
                "Open the list", from_length=0, most=most, chosen=[number_option(listing) for listing in chosen]
            ),
            block=state.number_block,
            is_told=True,
        ),
        *below,
        *([] if state.channel else [question(CHANNEL, "Where to ask for approval", public_channel())]),
        _reason_input("What is it for?", "The support line", optional=True, most=LONGEST_TEXT, initial=reason),
    ]
    return _form(PICKER, "Request a number", "Request", blocks, state.model_dump_json())


SEARCHES = "For example: Mumbai, 80 sms, ends 007"


def offered_terms(chosen: Sequence[tuple[Listing, Terms]]) -> list[Block]:
    """What the chosen numbers cost and what binds the buyer; several have a line each, and their sum."""
    if len(chosen) == 1:
        [(listing, terms)] = chosen
        first_year = f"First year {money(terms.first_year)} before tax."
        bound = binds(terms) or ["No minimum commitment and no identity check."]
        lines = [_what(listing), f"{money_line(terms)}.", f"{first_year} {' '.join(bound)}"]
    else:
        lines = [
            f"{_what(listing)} · {price(terms.charge, terms)}{''.join(f' ⚠️ {words}' for words in binds(terms))}"
            for listing, terms in chosen
        ]
        now, monthly = (_sum(amounts) for amounts in zip(*((t.charge, t.monthly_fee) for _, t in chosen), strict=True))
        lines.append(f"*{len(chosen)} numbers: {now} now, then {monthly} a month.* One decision for all of them.")
    return [paragraph("\n".join([*lines, *filter(None, [payer(chosen[0][1].account)])]))]


def _what(listing: Listing) -> str:
    return (
        f"*{number(listing.e164)}*, {location(listing.country, listing.region)} · {capabilities(listing.capabilities)}"
    )


def _sum(amounts: Sequence[Money]) -> str:
    return join([*map(money, sums(amounts))])


def why_not(why: NotAllowed) -> str:
    """Below the numbers in a form that stays open: plain text, where a mention would be an id."""
    match why:
        case refusals.AlreadyRequested():
            what = f"{number(why.e164)} is already requested: its approval message says where that stands."
        case refusals.Unsettled():
            what = f"The provider may still act on an earlier purchase of {number(why.e164)}."
        case refusals.OverMaxCharge():
            what = f"{number(why.e164)} would cost {money(why.charge)}, more than may be charged for one number."
        case refusals.NotInInventory():
            what = f"{number(why.e164)} is not on sale any more."
        case refusals.AlreadyOurs():
            what = f"{number(why.e164)} is already ours: use it from the Vobiz console."
        case refusals.ProviderUnreadable():
            return f"Vobiz could not be read, so {number(why.e164)} was not requested. Try again in a moment."
        case refusals.NotForSale():
            what = not_for_sale(number(why.e164), why.missing)
        case _:
            what = "That cannot be requested now."
    return f"{what} Pick another one."


def _reason_input(label: str, example: str, *, optional: bool, most: int = REASON_LIMIT, initial: str = "") -> Block:
    asks = text_input(most, initial=initial[:most], placeholder=f"For example: {example}", has_lines=True)
    return question(REASON, label, asks, is_optional=optional)


def _form(callback: str, title: str, submit: str, blocks: Sequence[Block], carried: str) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": carried,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [*checked(blocks, most=BLOCKS_A_VIEW)],
    }
