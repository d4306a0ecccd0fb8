"""A month in figures: what was bought and by whom, how long approvals took, and what the numbers will cost to keep.

Knows nothing of rows or of how a report looks. Dates are those of the team's time zone.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TypeVar

from bot.domain.money import Money

AHEAD = 12
"""Months that are looked ahead."""

K = TypeVar("K", bound=Hashable)
Sums = tuple[Money, ...]
"""One for each currency, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A number that was bought. Billing dates as the provider gave them with the sale."""

    requester: str
    country: str | None
    charged: Money
    monthly_fee: Money
    commitment_months: int
    bought: date
    last_billing: date | None
    next_billing: date | None

    @property
    def period(self) -> timedelta | None:
        """Between two bills; `None` for a month of the calendar, which is also meant when the provider says nothing."""
        if self.next_billing is None or self.last_billing is None or self.next_billing <= self.last_billing:
            return None
        if self.next_billing == a_month_after(self.last_billing):
            return None
        return self.next_billing - self.last_billing

    def renewals(self, month: str) -> list[int]:
        """Which of its renewals fall into that month, counted from 1 since it was bought."""
        first = self.next_billing or a_month_after(self.bought)
        begins, ends = _first_of(month), _first_of(months_after(month, 1))
        if self.period is None:
            since = months_between(first.strftime("%Y-%m"), month)
            return [since + 1] if since >= 0 else []
        no = max(0, math.ceil((begins - first) / self.period))
        found = []
        while first + no * self.period < ends:
            found.append(no + 1)
            no += 1
        return found


@dataclass(frozen=True, slots=True)
class Decided:
    """A request that was approved or denied, and how long that took."""

    took: timedelta
    is_automatic: bool = False
    is_denied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Taxes are not included in what is still to come. Whoever spent most comes first."""

    month: str
    """`2026-11`."""
    numbers: int
    spent: Sums
    by_requester: tuple[tuple[str, Money], ...]
    by_country: tuple[tuple[str | None, Money], ...]
    renewals: tuple[tuple[str, Sums], ...]
    """Of each of the months ahead, the next one first, as long as all numbers are kept."""
    bound: Sums
    """What of that the minimum commitments bind to."""
    approved: int
    automatic: int
    denied: int
    median: timedelta | None
    """Of the approvals and denials by people."""
    longest: timedelta | None

    @property
    def ahead(self) -> Sums:
        """All renewals together."""
        return _sums(amount for _, amounts in self.renewals for amount in amounts)


def report(month: str, sales: Iterable[Sale], decided: Iterable[Decided]) -> Report:
    """`sales` are all up to the month's end, `decided` those of the month."""
    ahead = [months_after(month, no) for no in range(1, AHEAD + 1)]
    spent: list[Money] = []
    bound: list[Money] = []
    by_requester: dict[str, list[Money]] = defaultdict(list)
    by_country: dict[str | None, list[Money]] = defaultdict(list)
    renewing: dict[str, list[Money]] = {coming: [] for coming in ahead}
    for sale in sales:
        if sale.bought.strftime("%Y-%m") == month:
            spent.append(sale.charged)
            by_requester[sale.requester].append(sale.charged)
            by_country[sale.country].append(sale.charged)
        for coming in ahead:
            for renewal in sale.renewals(coming):
                renewing[coming].append(sale.monthly_fee)
                if renewal < sale.commitment_months:
                    bound.append(sale.monthly_fee)
    judged = [*decided]
    by_people = [one.took.total_seconds() for one in judged if not one.is_automatic]
    return Report(
        month=month,
        numbers=len(spent),
        spent=_sums(spent),
        by_requester=_largest_first(by_requester),
        by_country=_largest_first(by_country),
        renewals=tuple((coming, _sums(amounts)) for coming, amounts in renewing.items()),
        bound=_sums(bound),
        approved=sum(not one.is_denied for one in judged),
        automatic=sum(one.is_automatic for one in judged),
        denied=sum(one.is_denied for one in judged),
        median=timedelta(seconds=median(by_people)) if by_people else None,
        longest=timedelta(seconds=max(by_people)) if by_people else None,
    )


def months_after(month: str, no: int) -> str:
    """`2027-01` two months after `2026-11`."""
    year, after = divmod(_count(month) + no, 12)
    return f"{year:04}-{after + 1:02}"


def months_between(earlier: str, later: str) -> int:
    return _count(later) - _count(earlier)


def a_month_after(day: date) -> date:
    """The same day of the next month, or its last: 28 February after 31 January."""
    following = _first_of(months_after(day.strftime("%Y-%m"), 1))
    last = _first_of(months_after(day.strftime("%Y-%m"), 2)) - timedelta(days=1)
    return following.replace(day=min(day.day, last.day))


def _count(month: str) -> int:
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year) - 1


def _first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _sums(amounts: Iterable[Money]) -> Sums:
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found[amount.currency] + amount if amount.currency in found else amount
    return tuple(found[currency] for currency in sorted(found))


def _largest_first(amounts: Mapping[K, list[Money]]) -> tuple[tuple[K, Money], ...]:
    """By currency, then by size."""
    named = [(name, total) for name, spent in amounts.items() for total in _sums(spent)]
    return tuple(sorted(named, key=lambda one: (one[1].currency, -one[1].amount, str(one[0]))))
