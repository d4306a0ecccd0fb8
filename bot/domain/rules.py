"""The team's rules, each by the name of its setting, and what follows from them for a charge.

Knows nothing of where settings come from (`bot/settings.py`) or of who may do what (`policy.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal

from bot.domain.money import Money, sums
from bot.domain.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Amounts are by currency; `None` where nothing is set."""

    approvers: tuple[str, ...] = ()
    """The ids of the setting, people and groups, in its order: whom a card mentions."""
    approval_channel: str | None = None
    """Where cards stand; without one, where it was asked."""
    allowed_channels: frozenset[str] | None = None
    """Where it may be asked; `None` for anywhere."""
    allow_self_approval: bool = False
    second_approval_above: Mapping[str, Money] | None = None
    """What commits to more than these needs two approvers; `None` when never. A currency that is not named always
    needs two."""
    auto_approve_up_to: Mapping[str, Money] | None = None
    """Charges up to these need no approver; `None` when never. A currency that is not named is never automatic."""
    monthly_budget: Mapping[str, Money] | None = None
    """What a month's approvals may come to; `None` for any. A currency that is not named cannot be approved."""
    max_charge: Mapping[str, Money] | None = None
    """Charges above these are never asked for; `None` for any. Nor is one in a currency that is not named."""
    max_purchases_per_day: int | None = None
    """How many approvals of one day may buy; `None` for any."""
    time_zone: tzinfo = UTC
    """Where the budget's month and the day turn."""
    request_expires_after: timedelta = timedelta(hours=72)
    remind_after: timedelta | None = timedelta(hours=24)
    """`None` for never."""
    vobiz_timeout: timedelta = timedelta(seconds=20)

    def votes_needed(self, *committed: Money) -> int:
        """2 for INR 101 above `{"INR": INR 100}`, and for any USD then; otherwise 1. See `Terms.committed`.

        Of several currencies one is enough to need two.
        """
        limits = self.second_approval_above
        if limits is None:
            return 1
        is_small = all(total.currency in limits and total <= limits[total.currency] for total in committed)
        return 1 if is_small else 2

    @property
    def most_votes_needed(self) -> int:
        """What a large sum needs, or one in a currency that is not named."""
        return 1 if self.second_approval_above is None else 2

    def is_automatic(self, *together: Terms) -> bool:
        """Small, also in their sum, and binding nobody to anything: never with a term that the provider left out."""
        binds = any(
            terms.minimum_commitment_months or terms.identity_check or terms.trial or terms.left_out
            for terms in together
        )
        return not binds and self.is_small(*sums(terms.charge for terms in together))

    def is_small(self, *charges: Money) -> bool:
        """Does each, a sum of its currency, need no approver?"""
        limits = self.auto_approve_up_to or {}
        return all(charge.currency in limits and charge <= limits[charge.currency] for charge in charges)

    def may_charge(self, charge: Money) -> bool:
        """Whoever approves it: not INR 101 above `{"INR": INR 100}`, and no USD then."""
        if self.max_charge is None:
            return True
        most = self.max_charge.get(charge.currency)
        return most is not None and charge <= most

    def budget_in(self, currency: str) -> Money | None:
        """The month's budget, nothing for a currency that the setting does not name; `None` without any budget."""
        if self.monthly_budget is None:
            return None
        return self.monthly_budget.get(currency, Money(Decimal(0), currency))

    def month(self, now: datetime) -> str:
        """`2026-11`, in the team's time zone."""
        return now.astimezone(self.time_zone).strftime("%Y-%m")

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """When the day of that moment began and when it ends, in the team's time zone; both in UTC.

        For noon of 29 November in Kolkata from 18:30 of the 28th to 18:30 of the 29th.
        """
        today = now.astimezone(self.time_zone).date()
        turns = (datetime.combine(day, time.min, self.time_zone) for day in (today, today + timedelta(days=1)))
        begins, ends = (turn.astimezone(UTC) for turn in turns)
        return begins, ends

    @property
    def purchase_lease(self) -> timedelta:
        """How long one worker has a purchase to itself."""
        return 3 * self.vobiz_timeout
