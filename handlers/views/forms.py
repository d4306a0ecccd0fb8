"""The two forms: why a request is denied, and the picker of a number."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.domain.numbers import E164, Listing
from bot.domain.request import RequestId
from bot.domain.terms import Terms
from handlers.views.blocks import LABEL, Block, Option, option, paragraph, question, search, text_input
from handlers.views.message import BLOCKS_A_VIEW, checked
from handlers.views.request import binds, capabilities, location, payer
from handlers.views.wording import REASON_LIMIT, country, cut, money, number, one_line

DENY_FORM, PICKER = "deny_form", "picker"
"""Callback ids."""

REASON, COUNTRY, DIGITS, NUMBER = "reason", "country", "digits", "number"
"""Block ids, each with one element whose action id is the same."""

MOST_DIGITS = 15
"""No number has more (ITU-T E.164)."""

View = dict[str, JsonValue]


IN_CHANNEL = "@"
"""Between the request and the channel, in what the deny form carries."""


def deny_form(request: RequestId, digest: str, about: E164 | None = None, channel: str | None = None) -> View:
    """Asks why; the card keeps its buttons until this is sent.

    `about` is the number, where it is known; `channel` where it was asked for, to be answered there.
    """
    what = number(about) if about else "this"
    blocks: list[Block] = [
        paragraph(f"Say why {what} is not to be bought. The reason is shown in the thread."),
        _reason_input("Reason", "Too expensive; we have a free number already", optional=False),
    ]
    carried = f"{request}.{digest}" + (f"{IN_CHANNEL}{channel}" if channel else "")
    return _form(DENY_FORM, "Deny a purchase", "Deny", blocks, carried)


class ShownTerms(BaseModel):
    """Which number's terms the picker shows, and their digest."""

    model_config = ConfigDict(frozen=True)

    e164: str
    digest: str


class PickerState(BaseModel):
    """What the picker remembers while it is open, in its `private_metadata`."""

    model_config = ConfigDict(frozen=True)

    channel: Annotated[str, Field(max_length=64)]
    is_private: bool = False
    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
    digits: str = ""
    shown: ShownTerms | None = None

    def digest_of(self, e164: str) -> str | None:
        """Of the terms that were shown for this number; `None` when none were, as when it was chosen a moment ago."""
        return self.shown.digest if self.shown is not None and self.shown.e164 == e164 else None


def picker(state: PickerState, terms: Sequence[Block] = ()) -> View:
    """Country, digits, number, reason; with the chosen number's terms in between.

    Country and digits are told at once: a list is asked for without what stands in the other fields, so `state` has to
    know it (source: Slack's `block_suggestion` payload, whose view is as it was last written).
    """
    blocks: list[Block] = [
        question(
            COUNTRY,
            "Country",
            search("Type a country's name", from_length=1, chosen=country_option(state.country)),
            is_told=True,
        ),
        _digits_input(state.digits),
        question(NUMBER, "Number", search("Open the list, or type digits", from_length=0), is_told=True),
        *terms,
        _reason_input("What is it for?", "The support line", optional=True),
    ]
    return _form(PICKER, "Request a number", "Request", blocks, state.model_dump_json())


def _digits_input(digits: str) -> Block:
    asks = text_input(MOST_DIGITS, initial=digits[:MOST_DIGITS], is_told_at_once=True)
    return question(DIGITS, "Digits it should contain", asks, is_optional=True, is_told=True)


def offered_terms(listing: Listing, terms: Terms) -> list[Block]:
    """What the chosen number costs and what binds the buyer."""
    facts = [
        f"*{number(listing.e164)}*, {location(listing.country, listing.region)}",
        f"Can do: {capabilities(listing.capabilities)}",
        f"Setup fee {money(terms.setup_fee)}, monthly fee {money(terms.monthly_fee)}",
        f"Charged when bought {money(terms.charge)}, first year {money(terms.first_year)} (taxes not included)",
        *(binds(terms) or ["No minimum commitment and no identity check."]),
        *filter(None, [payer(terms.account)]),
    ]
    return [paragraph("\n".join(facts))]


def number_option(listing: Listing) -> Option:
    """One number of the inventory, with place and fees. A long place gives way: a price cut short is a wrong price."""
    where, fees = one_line(listing.region or (country(listing.country) if listing.country else "")), _fees(listing)
    where = cut(where, LABEL - len(fees) - len(", "))
    return option(listing.e164, number(listing.e164), ", ".join(filter(None, [where, fees])))


def country_option(code: str) -> Option:
    return option(code, cut(f"{country(code)} ({code})", LABEL))


def notice_option(words: str) -> Option:
    """Says in a list why there is nothing to choose from; it cannot be chosen."""
    return option(NOTHING, cut(words, LABEL))


NOTHING = "-"


def _fees(listing: Listing) -> str:
    if listing.setup_fee is None or listing.monthly_fee is None:
        return "price not stated"
    return f"{money(listing.setup_fee)} + {money(listing.monthly_fee)} a month"


def _reason_input(label: str, example: str, *, optional: bool) -> Block:
    asks = text_input(REASON_LIMIT, placeholder=f"For example: {example}", has_lines=True)
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
