"""The provider's error bodies, in all the shapes its editions show, read into one.

    {"error": "not_found", "message": "…"}        {"error": "access denied"}
    {"status": "error", "error": {"code": "INSUFFICIENT_BALANCE", "message": "…", "details": {…}}, "requestId": "…"}
    {"error": {"code": 401, "message": "Invalid token"}}
    {"code": "INSUFFICIENT_BALANCE", "message": "…", "details": {…}}

An empty body, HTML and JSON of another form are not the provider's own words and give `None`; so does the last form
with any other code, which gateways use too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ValidationError

from bot.domain.money import Money
from bot.vobiz.answer import Answer
from bot.vobiz.fields import Amount, money, storable

_LONGEST_MESSAGE = 500
_LONGEST_CODE = 64
_PATH = re.compile(r"\S*/\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderError:
    """What the provider itself said went wrong."""

    code: str
    message: str
    required: Decimal | None
    available: Decimal | None
    currency: str | None

    @property
    def is_balance(self) -> bool:
        return self._normal_code == "INSUFFICIENT_BALANCE"

    @property
    def is_not_found(self) -> bool:
        return self._normal_code == "NOT_FOUND" or "not found" in self.message.lower()

    @property
    def names_a_path(self) -> bool:
        """As a router does that repeats what it was asked for."""
        return _PATH.search(self.message) is not None

    @property
    def names_the_number(self) -> bool:
        """Says that it is the number that is missing; a router's own "not found" does not, whatever its path holds."""
        words = f"{self.code} {_PATH.sub('', self.message)}".lower()
        return self.is_not_found and ("number" in words or "inventory" in words)

    def amount(self, amount: Decimal | None, currency: str) -> Money | None:
        """One of the amounts of `details`; `currency` is taken when the body names none."""
        return money(amount, self.currency or currency)

    @property
    def _normal_code(self) -> str:
        return self.code.strip().upper().replace(" ", "_").replace("-", "_")


class _Details(BaseModel):
    required: Amount = None
    available: Amount = None
    currency: str | None = None


class _ErrorObject(BaseModel):
    code: str | int | None = None
    message: str | None = None
    details: object = None


class _ErrorBody(BaseModel):
    error: str | _ErrorObject | None = None
    message: str | None = None
    code: str | int | None = None
    details: object = None


def provider_error(answer: Answer) -> ProviderError | None:
    """The provider's own error of an answer, or `None` when the body is not in any of its forms."""
    try:
        body = _ErrorBody.model_validate(answer.content)
    except ValidationError:
        return None
    if isinstance(body.error, _ErrorObject):
        code, message = body.error.code or body.code or "", body.error.message or body.message or ""
        details = body.error.details or body.details
    else:
        code, message, details = body.code or body.error or "", body.message or body.error or "", body.details
    if not code and not message:
        return None
    money_details = _details(details)
    error = ProviderError(
        code=storable(str(code or f"http_{answer.status}"))[:_LONGEST_CODE],
        message=storable(message or str(code))[:_LONGEST_MESSAGE],
        required=money_details.required,
        available=money_details.available,
        currency=money_details.currency,
    )
    return error if body.error is not None or error.is_balance else None


def _details(details: object) -> _Details:
    if not isinstance(details, Mapping):
        return _Details()
    try:
        return _Details.model_validate(details)
    except ValidationError:
        return _Details()
