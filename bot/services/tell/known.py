"""What is known of one number, for whoever may know it."""

from bot.domain.known import Asked, Known, Outside
from bot.domain.numbers import E164
from bot.domain.request import PurchaseRequest, Status
from bot.services.tell.queries import shown_now
from bot.services.unit import Unit
from bot.store import audit, cards, findings, requests
from bot.store.findings import Elsewhere, FindingKind

TOLD = 5
"""Requests for one number that are told of."""


def known_of(unit: Unit, number: E164, *, seen_by: tuple[str, str] | None) -> Known:
    """`seen_by` (team, user) is told of their own requests and of what is not private; `None` of all there is."""
    found = requests.of_number(unit.connection, number)
    seen = [
        request
        for request in found
        if seen_by is None or not request.is_private or (request.team, request.requester) == seen_by
    ]
    seen.sort(key=lambda request: request.status is not Status.PURCHASED)  # stable: newest first among the others
    return Known(
        e164=number,
        asked=tuple(_asked(unit, request) for request in seen[:TOLD]),
        is_hidden=len(seen) < len(found),
        outside=_outside(unit, number),
        swept_at=findings.sweeping(unit.connection).good_at,
        is_archived=bool(audit.archived(unit.connection)),
    )


def _asked(unit: Unit, request: PurchaseRequest) -> Asked:
    card = cards.get(unit.connection, request.card)
    return Asked(shown=shown_now(unit, request), channel=card.channel, ts=card.ts)


def _outside(unit: Unit, number: E164) -> Outside | None:
    """As the last sweep found it; what bought a number since is not found yet."""
    finding = findings.about(unit.connection, FindingKind.BOUGHT_ELSEWHERE, number)
    if finding is None or not isinstance(finding.details, Elsewhere):
        return None
    return Outside(status=finding.details.status, owner=finding.details.owner, found_at=finding.found_at)
