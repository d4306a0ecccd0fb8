"""The provider's JSON, as its newest and its older edition write it.

Knows nothing of HTTP or faults: state in, JSON out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from bot.sandbox.vobiz.state import Fee, Funds, InsufficientBalance, LedgerRow, StockNumber, billing_date

JsonObject = dict[str, JsonValue]

_KINDS = ("voice", "sms", "mms", "fax")
_INVENTORY_PAGE: Final = (25, 100)
_LEDGER_PAGE: Final = (50, 1000)
_OLDER_PAGE: Final = 20


class Edition(StrEnum):
    """Which of the provider's documented editions the stand-in speaks."""

    NEWEST = "newest"
    OLDER = "older"


def inventory_item(number: StockNumber, edition: Edition) -> JsonObject:
    """A number for sale: the full form, or the older edition's short one."""
    short = _short(number, edition)
    if edition is Edition.OLDER:
        return short
    return {
        **short,
        "account_id": "",
        "capabilities": {kind: kind in number.capabilities for kind in _KINDS},
        "provider": "manual",
        "voice_enabled": "voice" in number.capabilities,
        "tags": None,
        "is_blocked": number.blocked,
        "is_trial_number": number.trial,
        "minimum_commitment_months": number.minimum_commitment_months,
        "aadhaar_verification_required": number.identity_check,
        "aadhaar_verified": False,
    }


def own_item(number: StockNumber, edition: Edition) -> JsonObject:
    """One of the account's numbers, in the list of own numbers or in a receipt."""
    if edition is Edition.OLDER:
        return {**_short(number, edition), "auth_id": number.owner, "provider": "manual"}
    return {
        **inventory_item(number, edition),
        "account_id": number.owner,
        "purchased_at": _time(number.purchased_at, edition),
        "last_billing_date": _time(number.purchased_at, edition),
        "next_billing_date": _time(billing_date(number), edition),
        "application_id": None,
        "trunk_group_id": None,
        "source": "inventory",
    }


def receipt(number: StockNumber, edition: Edition) -> JsonObject:
    """The 200 to a purchase."""
    if edition is Edition.OLDER:
        return {"message": "purchased from inventory", "number": own_item(number, edition)}
    return {
        "message": "Number purchased successfully",
        "number": own_item(number, edition),
        "items": [_short(number, edition)],
    }


def error(edition: Edition, code: str, message: str, request_id: str, details: JsonObject | None = None) -> JsonObject:
    """The provider's own error form: an object with a request id, or the older string."""
    if edition is Edition.OLDER:
        body: JsonObject = {"api_id": request_id, "error": code, "message": message}
        return body if details is None else {**body, "details": details}
    inner: JsonObject = {"code": code, "message": message}
    return {
        "status": "error",
        "error": inner if details is None else {**inner, "details": details},
        "requestId": request_id,
    }


def balance_details(short: InsufficientBalance) -> JsonObject:
    return {
        "required": float(short.required),
        "available": float(short.available),
        "shortfall": float(short.required - short.available),
        "currency": short.currency,
    }


def balance(funds: Funds, currency: str) -> JsonObject:
    return {
        "currency": currency,
        "balance": float(funds.available),
        "reserved_funds": 0,
        "promotional_balance": 0,
        "available_balance": float(funds.available),
        "credit_limit": 0,
        "is_postpaid": funds.is_postpaid,
        "credit_limit_type": "soft" if funds.soft_limit else "hard",
        "low_balance_threshold": 10,
        "status": "active",
    }


def transaction(row: LedgerRow, edition: Edition) -> JsonObject:
    owner = "account_id" if edition is Edition.OLDER else "auth_id"
    return {
        "id": row.id,
        owner: row.account,
        "balance_id": f"bal_{row.currency}",
        "type": row.kind,
        "amount": float(row.amount),
        "currency": row.currency,
        "description": row.description,
        "reference": row.reference,
        "reference_type": row.reference_type,
        "status": "completed",
        "processed_at": _time(row.at, edition),
        "created_at": _time(row.at, edition),
        "updated_at": _time(row.at, edition),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Which part of a list is asked for: from `start`, at most `size`, and how the answer says so."""

    start: int
    size: int
    by_offset: bool

    @property
    def echo(self) -> JsonObject:
        if self.by_offset:
            return {"limit": self.size, "offset": self.start}
        return {"page": self.start // self.size + 1, "per_page": self.size}


def inventory_position(query: Mapping[str, str]) -> Position:
    return _by_page(query, _INVENTORY_PAGE)


def own_position(query: Mapping[str, str], edition: Edition) -> Position:
    """The older edition pages by `limit` and `offset` and ignores `page`."""
    return _by_offset(query) if edition is Edition.OLDER else _by_page(query, _INVENTORY_PAGE)


def ledger_position(query: Mapping[str, str], edition: Edition) -> Position:
    """More than the most a page may hold silently becomes the default."""
    return _by_offset(query) if edition is Edition.OLDER else _by_page(query, _LEDGER_PAGE)


def ledger_page(owner: str, rows: Sequence[JsonObject], total: int, position: Position) -> JsonObject:
    named = "account_id" if position.by_offset else "auth_id"
    count: JsonObject = {"count": len(rows)} if position.by_offset else {"total_pages": -(-total // position.size)}
    return {named: owner, "total": total, **position.echo, **count, "transactions": list(rows), "summary": {}}


def _by_page(query: Mapping[str, str], sizes: tuple[int, int]) -> Position:
    default, most = sizes
    size = _number(query.get("per_page"), default)
    size = size if 1 <= size <= most else default
    return Position(start=(max(_number(query.get("page"), 1), 1) - 1) * size, size=size, by_offset=False)


def _by_offset(query: Mapping[str, str]) -> Position:
    size = _number(query.get("limit"), _OLDER_PAGE)
    return Position(start=_number(query.get("offset"), 0), size=max(size, 1), by_offset=True)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


def _short(number: StockNumber, edition: Edition) -> JsonObject:
    return {
        "id": number.id,
        "e164": number.e164,
        "country": number.country,
        "region": number.region,
        "status": number.status,
        "setup_fee": _fee(number.setup_fee, edition),
        "monthly_fee": _fee(number.monthly_fee, edition),
        "currency": number.currency,
        "created_at": "2026-01-05T08:00:00.000000Z",
        "updated_at": "2026-01-05T08:00:00.123456789Z",
    }


def _fee(fee: Fee, edition: Edition) -> JsonValue:
    """The older edition writes floats."""
    return float(fee) if edition is Edition.OLDER and isinstance(fee, int) else fee


def _time(moment: datetime | None, edition: Edition) -> str | None:
    if moment is None:
        return None
    return moment.isoformat() if edition is Edition.OLDER else f"{moment:%Y-%m-%dT%H:%M:%S.%f}000Z"
