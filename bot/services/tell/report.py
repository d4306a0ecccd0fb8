"""The month's report, read from the rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from bot.domain.report import Decided, Report, Sale, months_after, report
from bot.services.unit import Unit
from bot.store import sales
from bot.store.sales import Sold


def report_of(unit: Unit, month: str) -> Report:
    """`month` is `2026-11`, in the team's time zone."""
    begins, before = (_begins(unit, one) for one in (month, months_after(month, 1)))
    decided = (
        Decided(one.decided_at - one.created_at, is_automatic=one.is_automatic, is_denied=one.is_denied)
        for one in sales.decided_between(unit.connection, begins, before)
    )
    return report(month, _sales(unit, before), decided)


def _sales(unit: Unit, before: datetime) -> Iterator[Sale]:
    for sold in sales.sold_before(unit.connection, before):
        yield _sale(unit, sold)


def _sale(unit: Unit, sold: Sold) -> Sale:
    def day(moment: datetime | None) -> date | None:
        return None if moment is None else moment.astimezone(unit.rules.time_zone).date()

    number = sold.number
    return Sale(
        requester=sold.requester,
        country=sold.country,
        charged=sold.charged,
        monthly_fee=sold.monthly_fee,
        commitment_months=sold.commitment_months,
        bought=sold.purchased_at.astimezone(unit.rules.time_zone).date(),
        last_billing=None if number is None else day(number.last_billing_at),
        next_billing=None if number is None else day(number.next_billing_at),
    )


def _begins(unit: Unit, month: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"{month}-01"), time.min, unit.rules.time_zone).astimezone(UTC)
