"""Facts: what is kept as JSON in the trail and beside it, as frozen models that are written and read through alone.

What was not given is not written: `{"about": null}` and `{}` are two entries with two hashes. Old rows are read with
the defaults. Knows nothing of which event tells what; that is `trail.py`, and `refusals.py` for what was refused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from bot.domain.alert import Alert
from bot.domain.basket import committed_by
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.money import Money
from bot.domain.request import PurchaseRequest
from bot.domain.terms import Terms

Facts = Mapping[str, JsonValue]
"""As they stand in the JSON."""


class _Marker:
    """Something said of a field."""


_AMOUNT, FLAT = _Marker(), _Marker()
"""An amount whose currency stands beside it; a part whose facts lie among those of its holder."""

Amount = Annotated[Money, PlainSerializer(Money.plain), _AMOUNT]
"""Kept as a plain decimal with the provider's digits, `"100.50"`; its currency is the fact `<name>_currency`, where
there is one, else `currency`."""

MaybeAmount = Annotated[Money | None, PlainSerializer(lambda amount: amount and amount.plain()), _AMOUNT]

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat)]
"""`2026-11-24T12:00:00+00:00`."""

MaybeMoment = Annotated[datetime | None, PlainSerializer(lambda moment: moment and moment.isoformat())]


class Part(BaseModel):
    """Some facts that belong together.

    Most kinds are seldom told, so each is built when it is first used; those of every purchase are built at the start.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    amounts: ClassVar[Mapping[str, str]] = {}
    """Which fact says the currency of which."""
    flat: ClassVar[Mapping[str, frozenset[str]]] = {}
    """The parts that lie flat, and the facts without which they are not there."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        fields = cls.model_fields
        cls.amounts = {
            name: own if (own := f"{name}_currency") in fields else "currency"
            for name, field in fields.items()
            if _AMOUNT in field.metadata
        }
        cls.flat = {name: _needed(field.annotation) for name, field in fields.items() if FLAT in field.metadata}

    def facts(self) -> dict[str, JsonValue]:
        """Ready for JSON."""
        written: dict[str, JsonValue] = self.model_dump(mode="json", exclude_unset=True)
        return written

    def also(self, **facts: object) -> Self:
        """With these facts too. Raises `TypeError` for one that it does not know."""
        if not facts.keys() <= type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} knows no {facts.keys() - type(self).model_fields.keys()}")
        return self.model_copy(update=facts)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        """Gives amounts their currencies, and flat parts the facts that are theirs."""
        if not isinstance(given, dict):
            return given
        read = dict(given)
        for name, currency in cls.amounts.items():
            if isinstance(amount := given.get(name), str):
                try:
                    read[name] = Money(Decimal(amount), given[currency])
                except (ArithmeticError, KeyError, TypeError) as damaged:
                    raise ValueError(f"{name} is no amount") from damaged
        for name, needed in cls.flat.items():
            if name not in given and needed <= given.keys():
                read[name] = given
        return read

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        for name in self.flat:
            written |= written.pop(name, None) or {}
        return written


def _needed(annotation: Any) -> frozenset[str]:  # noqa: ANN401 - pydantic's own view of a field's type
    """The facts that a part of this type, optional or not, cannot do without."""
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    part = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Part))
    return frozenset(name for name, field in part.model_fields.items() if field.is_required())


class TermsTold(Part, defer_build=False):
    """The terms as the trail keeps them."""

    digest: str
    e164: str
    account: str
    setup_fee: Amount
    monthly_fee: Amount
    charge: Amount
    currency: str
    minimum_commitment_months: int = 0
    identity_check: bool = False
    trial: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def committed(self) -> Money:
        """As `Terms.committed`."""
        return self.setup_fee + self.monthly_fee * max(1, self.minimum_commitment_months)

    @classmethod
    def of(cls, terms: Terms) -> "TermsTold":
        return cls.model_validate(terms, from_attributes=True)


class ApproversRead(Part, defer_build=False):
    """By which list of approvers something was judged."""

    list: str
    """The setting as written: `U1,S2`."""
    size: int
    age_seconds: int = 0
    """When it was judged."""


class ProviderSaid(Part):
    """The provider's answer, or ours where it gave none."""

    code: str
    message: str = ""
    provider_request_id: str | None = None


class MonthTold(Part, defer_build=False):
    """How a month's budget stood in one currency; `budget` is `None` without one."""

    month: str
    """`2026-11`."""
    currency: str
    spent: Amount
    reserved: Amount
    budget: MaybeAmount

    @property
    def used(self) -> Money:
        return self.spent + self.reserved


class ChargeTold(Part, defer_build=False):
    """What was approved and what was charged; `None` when nobody knows it yet."""

    approved: Amount
    approved_currency: str
    charged: MaybeAmount
    charged_currency: str | None
    differs: bool

    @classmethod
    def of(cls, approved: Money, charged: Money | None) -> "ChargeTold":
        return cls(
            approved=approved,
            approved_currency=approved.currency,
            charged=charged,
            charged_currency=None if charged is None else charged.currency,
            differs=charged is not None and charged != approved,
        )


class Debit(Part):
    """One row of the provider's ledger, with what its support asks for."""

    id: str
    amount: MaybeAmount = None
    currency: str | None = None
    at: MaybeMoment = None
    description: str | None = None

    @classmethod
    def of(cls, row: LedgerEntry) -> "Debit":
        return cls(
            id=row.id,
            amount=row.amount,
            currency=None if row.amount is None else row.amount.currency,
            at=row.at,
            description=row.description,
        )


class Seen(Part):
    """What a look or a sweep showed; `None` for what could not be read. With `what` approvers were alerted of it."""

    what: Alert | None = None
    owned: bool | None = None
    owned_status: str | None = None
    owned_by: str | None = None
    on_sale: bool | None = None
    ledger_closed: bool = False
    debits: tuple[Debit, ...] | None = None
    unread_rows: int = 0
    """Of the ledger, which may be charges."""

    @property
    def is_ledger_unread(self) -> bool:
        """It could not be read, and would tell if it could."""
        return self.debits is None and not self.ledger_closed

    @classmethod
    def of(cls, look: Look) -> "Seen":
        seen = cls(
            owned=None if not look.is_owned_read else look.owned is not None,
            owned_status=None if look.owned is None else look.owned.status,
            owned_by=look.owned_by,
            on_sale=look.on_sale,
            ledger_closed=look.is_ledger_closed,
            debits=None if look.debits is None else tuple(map(Debit.of, look.debits)),
        )
        return seen.also(unread_rows=len(look.unread)) if look.unread else seen


class Who(Part, defer_build=False):
    """Of which workspace somebody was when they acted, and what they were called."""

    team: str
    name: str


class OneOf(Part):
    """A request and its number, where an entry names several."""

    request: str
    e164: str


class SumTold(Part):
    """All of one currency."""

    amount: Amount
    currency: str


class Together(Part):
    """The basket that one decision was about: its id, what was decided, and what all that commits to."""

    basket: str
    members: tuple[OneOf, ...]
    committed: tuple[SumTold, ...]

    @classmethod
    def of(cls, decided: Sequence[PurchaseRequest]) -> "Together | None":
        """`None` for a request that is decided alone."""
        if not decided[0].is_in_basket:
            return None
        return cls(
            basket=decided[0].card,
            members=tuple(OneOf(request=request.id, e164=request.terms.e164) for request in decided),
            committed=tuple(SumTold(amount=total, currency=total.currency) for total in committed_by(decided)),
        )
