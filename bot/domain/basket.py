"""A basket: numbers asked for at once, which share a card and a decision. One request alone is decided the same way."""

import hashlib
import json
from collections.abc import Sequence

from bot.domain.money import Money, UnusableAmount, sums
from bot.domain.request import PurchaseRequest
from bot.domain.terms import Terms

MOST = 10
"""Numbers that may be asked for at once."""


def digest(digests: Sequence[str]) -> str:
    """Of the terms of all that is decided together, in any order; of one request, its terms' own."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256(json.dumps(sorted(digests)).encode()).hexdigest()[:32]


def can_be_kept(offered: Sequence[Terms]) -> bool:
    """Can the largest sums be kept exactly? Each amount alone can."""
    try:
        sums(max(terms.first_year, terms.committed) for terms in offered)
    except UnusableAmount:
        return False
    return True


def digest_of(together: Sequence[PurchaseRequest]) -> str:
    return digest([request.terms.digest for request in together])


def committed_by(together: Sequence[PurchaseRequest]) -> tuple[Money, ...]:
    """What approving all of them commits to, a sum for each currency."""
    return sums(request.terms.committed for request in together)


def charged_by(together: Sequence[PurchaseRequest]) -> tuple[Money, ...]:
    """What is debited when all of them are bought, a sum for each currency."""
    return sums(request.terms.charge for request in together)
