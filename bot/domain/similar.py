"""Similar numbers: what is offered when a number is gone before we bought it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from bot.domain.audit import Entry
from bot.domain.money import Money
from bot.domain.numbers import E164, Listing, e164
from bot.domain.request import PurchaseRequest
from bot.domain.terms import NotForSale, Terms

OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A number offered instead, at the terms it had then."""

    e164: E164
    region: str | None
    setup_fee: Money
    monthly_fee: Money
    digest: str
    """Of those terms: what its button carries."""

    def facts(self) -> dict[str, JsonValue]:
        return {
            "e164": self.e164,
            "region": self.region,
            "setup_fee": self.setup_fee.plain(),
            "monthly_fee": self.monthly_fee.plain(),
            "currency": self.setup_fee.currency,
            "digest": self.digest,
        }


def similar(listings: Iterable[Listing], request: PurchaseRequest) -> list[Similar]:
    """The nearest of the same country and currency: the same region first, then the nearest charge, three at most."""
    terms = request.terms
    offered = [(listing, _terms(listing, terms.account)) for listing in listings]
    fitting = [
        (listing, other)
        for listing, other in offered
        if other is not None
        and listing.e164 != terms.e164
        and listing.country == request.country
        and other.currency == terms.currency
    ]
    fitting.sort(
        key=lambda pair: (
            pair[0].region != request.region,
            abs(pair[1].charge.amount - terms.charge.amount),
            pair[0].e164,
        )
    )
    return [
        Similar(
            e164=listing.e164,
            region=listing.region,
            setup_fee=other.setup_fee,
            monthly_fee=other.monthly_fee,
            digest=other.digest,
        )
        for listing, other in fitting[:OFFERED]
    ]


def similar_of(entry: Entry) -> list[Similar]:
    """What the entry of a failure offers; nothing for any other."""
    listed = entry.facts().get("similar")
    return [_read(option) for option in listed if isinstance(option, dict)] if isinstance(listed, list) else []


def _read(option: dict[str, JsonValue]) -> Similar:
    currency = str(option["currency"])
    region = option["region"]
    return Similar(
        e164=e164(str(option["e164"])),
        region=None if region is None else str(region),
        setup_fee=Money.of(f"{option['setup_fee']} {currency}"),
        monthly_fee=Money.of(f"{option['monthly_fee']} {currency}"),
        digest=str(option["digest"]),
    )


def _terms(listing: Listing, account: str) -> Terms | None:
    try:
        return Terms.offered(listing, account)
    except NotForSale:
        return None
