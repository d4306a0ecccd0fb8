"""Similar numbers: what is offered when a number is gone before we bought it."""

from collections.abc import Iterable

from bot.domain.facts import Amount, Part
from bot.domain.numbers import E164, Listing
from bot.domain.request import PurchaseRequest
from bot.domain.terms import NotForSale, Terms

OFFERED = 3


class Similar(Part):
    """A number offered instead, at the terms it had then."""

    e164: E164
    region: str | None
    setup_fee: Amount
    monthly_fee: Amount
    currency: str
    digest: str
    """Of those terms: what its button carries."""


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
            currency=other.currency,
            digest=other.digest,
        )
        for listing, other in fitting[:OFFERED]
    ]


def _terms(listing: Listing, account: str) -> Terms | None:
    try:
        return Terms.offered(listing, account)
    except NotForSale:
        return None
