"""The one table of the provider's paths, and the two casings they drifted between.

Knows nothing of calls or answers. Which casing works is learned in `reads.py`.
"""

from enum import StrEnum
from urllib.parse import quote


class Casing(StrEnum):
    """How the word "account" stands in a path; the wrong one answers 404 or 401 (source: the provider's editions)."""

    NEWEST = "Account"
    OLDER = "account"

    @property
    def other(self) -> "Casing":
        return Casing.OLDER if self is Casing.NEWEST else Casing.NEWEST


class Route(StrEnum):
    """What the client asks for. The value goes into the log."""

    INVENTORY = "inventory"
    OWN_NUMBERS = "own_numbers"
    BALANCE = "balance"
    TRANSACTIONS = "transactions"
    PURCHASE = "purchase"


_PATHS = {
    Route.INVENTORY: "/v1/{casing}/{auth_id}/inventory/numbers",
    Route.OWN_NUMBERS: "/v1/{casing}/{auth_id}/numbers",
    Route.BALANCE: "/v1/{casing}/{auth_id}/balance/{currency}",
    Route.TRANSACTIONS: "/v1/{casing}/{auth_id}/transactions",
    Route.PURCHASE: "/v1/{casing}/{auth_id}/numbers/purchase-from-inventory",
}


def path(route: Route, casing: Casing, auth_id: str, *, currency: str = "") -> str:
    """The route's path below the base URL; every part is percent-encoded."""
    return _PATHS[route].format(casing=casing, auth_id=quote(auth_id, safe=""), currency=quote(currency, safe=""))
