"""The provider's world as the stand-in keeps it: accounts, numbers, balances, ledger, sales.

Follows the steps the provider documents for a purchase: debit first, then the owner. Knows nothing of HTTP, editions
or faults.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

Fee = int | float | str | None
"""A fee exactly as the provider writes it in JSON."""

SOMEBODY_ELSE = "MA_SOMEBODYELSE"
_LEDGER_NAME = "DID purchase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A login. A sub-account (`SA_…`) has the master account that pays for it."""

    auth_id: str
    token: str
    master: str | None = None

    @property
    def payer(self) -> str:
        return self.master or self.auth_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StockNumber:
    """A number, for sale while nobody owns it."""

    id: str
    e164: str
    country: str
    region: str | None = None
    capabilities: tuple[str, ...] = ("voice",)
    setup_fee: Fee = 100
    monthly_fee: Fee = 1
    currency: str | None = "INR"
    minimum_commitment_months: int = 0
    identity_check: bool = False
    trial: bool = False
    blocked: bool = False
    status: str = "active"
    owner: str = ""
    purchased_at: datetime | None = None

    @property
    def charge(self) -> Decimal:
        """What a purchase debits: setup fee and first month."""
        return Decimal(str(self.setup_fee or 0)) + Decimal(str(self.monthly_fee or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What an account has in one currency."""

    available: Decimal
    is_postpaid: bool = False
    soft_limit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One transaction of a paying account. `e164` is the number it was really for, which no reader is told."""

    id: str
    e164: str
    account: str
    kind: Literal["debit", "credit"]
    amount: Decimal
    currency: str
    description: str
    reference: str
    reference_type: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A number that changed hands. `by` is `api` for a purchase call, `console` for our own people's click."""

    e164: str
    owner: str
    by: Literal["api", "console", "somebody_else"]
    at: datetime


class InsufficientBalance(Exception):
    """The paying account cannot pay; nothing was changed."""

    def __init__(self, required: Decimal, available: Decimal, currency: str) -> None:
        super().__init__(f"{required} of {available} {currency}")
        self.required = required
        self.available = available
        self.currency = currency


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything the provider knows. `numbers` is by E.164, in the order the lists show."""

    accounts: dict[str, Account] = field(default_factory=dict)
    numbers: dict[str, StockNumber] = field(default_factory=dict)
    funds: dict[tuple[str, str], Funds] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    ledger_names_numbers: bool = True
    """Whether a debit's description says which number it was for; the provider does not promise it."""
    clock: Callable[[], datetime] = _now

    def stock(self, numbers: Iterable[StockNumber]) -> None:
        self.numbers |= {number.e164: number for number in numbers}

    def change(self, number: StockNumber) -> None:
        """Replaces the number of the same E.164."""
        self.numbers[number.e164] = number

    def for_sale(self, e164: str) -> StockNumber | None:
        number = self.numbers.get(e164)
        return number if number is not None and not number.owner and number.status == "active" else None

    def shown_for_sale(self) -> list[StockNumber]:
        return [number for number in self.numbers.values() if not number.owner and number.status == "active"]

    def owned_by(self, auth_id: str) -> list[StockNumber]:
        """An account's numbers; a master account's include those of its sub-accounts."""
        family = {auth_id} | {account.auth_id for account in self.accounts.values() if account.master == auth_id}
        return [number for number in self.numbers.values() if number.owner in family]

    def debit(self, number: StockNumber, account: Account) -> LedgerRow:
        """Takes the charge from whoever pays. Raises `InsufficientBalance`, and then nothing is changed."""
        currency = number.currency or "USD"
        funds = self.funds.get((account.payer, currency), Funds(available=Decimal(0)))
        if funds.available < number.charge and not (funds.is_postpaid and funds.soft_limit):
            raise InsufficientBalance(number.charge, funds.available, currency)
        self.funds[account.payer, currency] = replace(funds, available=funds.available - number.charge)
        named = self.ledger_names_numbers
        row = LedgerRow(
            id=f"txn_{len(self.ledger) + 1:06d}",
            e164=number.e164,
            account=account.payer,
            kind="debit",
            amount=number.charge,
            currency=currency,
            description=f"{_LEDGER_NAME} {number.e164}" if named else _LEDGER_NAME,
            reference=number.id if named else "",
            reference_type="did_purchase",
            at=self.clock(),
        )
        self.ledger.append(row)
        return row

    def credit(self, debit: LedgerRow) -> None:
        """Gives a debit back."""
        funds = self.funds[debit.account, debit.currency]
        self.funds[debit.account, debit.currency] = replace(funds, available=funds.available + debit.amount)
        refund = replace(
            debit, id=f"txn_{len(self.ledger) + 1:06d}", kind="credit", reference_type="refund", at=self.clock()
        )
        self.ledger.append(refund)

    def hand_over(self, number: StockNumber, owner: str, by: Literal["api", "console", "somebody_else"]) -> StockNumber:
        """Makes `owner` the number's owner without any debit."""
        at = self.clock()
        sold = replace(number, owner=owner, purchased_at=at)
        self.change(sold)
        self.sales.append(Sale(e164=number.e164, owner=owner, by=by, at=at))
        return sold

    def sell(self, number: StockNumber, account: Account, by: Literal["api", "console"] = "api") -> StockNumber:
        """Debit, then owner, as the provider does it. Raises `InsufficientBalance`."""
        self.debit(number, account)
        return self.hand_over(number, account.payer, by)


def billing_date(number: StockNumber) -> datetime | None:
    return None if number.purchased_at is None else number.purchased_at + timedelta(days=30)
