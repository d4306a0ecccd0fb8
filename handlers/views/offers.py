"""Numbers and countries as a form's lists offer them, and what is said about a search in one line.

All plain text: nothing in it is mrkdwn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bot.domain.numbers import Listing
from handlers.views.blocks import LABEL, Option, option, option_group
from handlers.views.request import CAPABILITY, PARTED, a_month, months
from handlers.views.wording import country, cut, join, money, number, one_line

NOTHING = "-"
"""The value of an option that only says something."""

OLD = 60.0
"""Seconds after which people are told how old what they see is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a search came to. `listings` are those on show, those of one place beside one another, out of `count`."""

    country: str
    listings: Sequence[Listing] = field(default=())
    count: int = 0
    on_sale: int = 0
    """In the country, whatever was searched for."""
    is_search: bool = True
    """Was anything searched for?"""
    too_dear: int = 0
    """How many would fit if they cost less."""
    unknown: Sequence[str] = field(default=())
    """Words that nothing in this country is called."""
    elsewhere: Sequence[str] = field(default=())
    """Countries in which something is."""
    age: float = 0.0
    """Seconds since it was read."""
    is_whole: bool = True
    is_reading: bool = False
    """What is missing, or newer, is on its way."""
    is_unread: bool = False
    """The provider could not be read since, or at all."""

    @property
    def only(self) -> Listing | None:
        """The one number that fits."""
        return self.listings[0] if self.count == len(self.listings) == 1 else None


def offered(offer: Offer) -> list[Option]:
    """Groups of options by place; without any number one that says why."""
    age = f"{PARTED}as of {ago(offer.age)}" if offer.age >= OLD else ""
    groups = [
        option_group(cut(place, LABEL - len(age)) + age, [number_option(listing) for listing in listings])
        for place, listings in groupby(offer.listings, key=_place)
    ]
    return groups or notice(offer.country, why_nothing(offer))


def notice(where: str, words: str) -> list[Option]:
    """Says in a list why there is nothing to choose from in this country; it cannot be chosen."""
    return [option_group(cut(country(where), LABEL), [option(NOTHING, cut(words, LABEL))])]


def found_words(offer: Offer) -> str:
    """What the form says below the search."""
    if not offer.listings:
        return PARTED.join(filter(None, [why_nothing(offer), _age_words(offer)]))
    one, more = (
        ("fits", "fit")
        if offer.is_search
        else [f"{verb} on sale in {country(offer.country)}" for verb in ("is", "are")]
    )
    fit = f"1 number {one}" if offer.count == 1 else f"{offer.count:,} numbers {more}"
    shown = "" if offer.count == len(offer.listings) else f", {len(offer.listings)} are listed: say more to see others"
    rest = "the rest is still being read" if offer.is_reading else "Vobiz lists more than could be read"
    unfinished = "" if offer.is_whole else f" so far; {rest}"
    return PARTED.join(filter(None, [f"{fit}{shown}{unfinished}.", _age_words(offer)]))


def why_nothing(offer: Offer) -> str:
    where = country(offer.country)
    if offer.unknown and offer.elsewhere:
        return f"“{_shown(offer.unknown)}” is in {join([*map(country, offer.elsewhere)])}: change the country."
    if not offer.is_whole and offer.is_reading:
        return "None of those read so far. Vobiz is still being read: look again in a moment."
    if offer.unknown:
        return f"“{_shown(offer.unknown)}” is not understood: try a city, digits or SMS."
    if not offer.on_sale:
        return f"Nothing is on sale in {where} just now. Try another country."
    if offer.too_dear:
        return "What fits costs more than may be charged for one number."
    return "No number fits. Try other digits or another country."


def ago(seconds: float) -> str:
    """`3 minutes ago`, never more than it is."""
    minutes = int(seconds // 60)
    count, unit = (minutes, "minute") if minutes < 60 else (minutes // 60, "hour")
    return f"{count} {unit} ago" if count == 1 else f"{count} {unit}s ago"


def number_option(listing: Listing) -> Option:
    """`Mumbai · calls, SMS · ₹249.50 + ₹499 a month · 6 months · ID check · trial`.

    What the place is called and what it can do give way: a price or a bond cut short is a wrong one.
    """
    binds = [
        *([months(listing.minimum_commitment_months)] if listing.minimum_commitment_months else []),
        *(["ID check"] if listing.identity_check else []),
        *(["trial"] if listing.trial else []),
    ]
    terms = PARTED.join([_fees(listing), *binds])
    able = ", ".join(CAPABILITY[name] for name in listing.capabilities or () if name in CAPABILITY)
    said = PARTED.join(filter(None, [able, terms]))
    said = said if len(said) <= LABEL else cut(terms, LABEL)
    place = cut(_place(listing), LABEL - len(said) - len(PARTED))
    return option(listing.e164, number(listing.e164), PARTED.join(filter(None, [place, said])))


def country_option(code: str) -> Option:
    return option(code, cut(f"{country(code)} ({code})", LABEL))


def _place(listing: Listing) -> str:
    return one_line(listing.region or "") or (country(listing.country) if listing.country else "Elsewhere")


def _fees(listing: Listing) -> str:
    if listing.setup_fee is None or listing.monthly_fee is None:
        return "price not stated"
    setup = f"{money(listing.setup_fee)} +" if listing.setup_fee.amount else "no setup fee,"
    return f"{setup} {a_month(listing.monthly_fee)}"


def _age_words(offer: Offer) -> str:
    """Empty while it is fresh."""
    if offer.age < OLD:
        return ""
    unread = ", and Vobiz cannot be read just now" if offer.is_unread else ""
    return f"As of {ago(offer.age)}{unread}."


def _shown(words: Sequence[str]) -> str:
    return cut(" ".join(words), 20)
