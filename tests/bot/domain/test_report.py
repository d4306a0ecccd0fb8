"""A month in figures: sums, and what the numbers will cost to keep, held to days that are lived through one by one."""

import calendar
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.report import AHEAD, Decided, Report, Sale, months_after, months_between, report

quick = settings(derandomize=True, deadline=None, max_examples=150)

ONE = Money.of("1 INR")


def a_sale(
    bought: str = "2026-11-02",
    *,
    charged: str = "101 INR",
    monthly: str = "1 INR",
    months: int = 0,
    by: str = "U1",
    country: str | None = "IN",
    bills: tuple[str, str] | None = None,
) -> Sale:
    last, following = map(date.fromisoformat, bills) if bills else (None, None)
    return Sale(
        requester=by,
        country=country,
        charged=Money.of(charged),
        monthly_fee=Money.of(monthly),
        commitment_months=months,
        bought=date.fromisoformat(bought),
        last_billing=last,
        next_billing=following,
    )


def of(*sales: Sale, decided: tuple[Decided, ...] = (), month: str = "2026-11") -> Report:
    return report(month, sales, decided)


def test_only_the_months_purchases_are_spent_by_whom_and_where_the_largest_first() -> None:
    found = of(
        a_sale(charged="5 INR", by="U2"),
        a_sale(),
        a_sale(charged="3 USD", country=None),
        a_sale("2026-10-31", charged="7 INR"),
        a_sale("2026-12-01", charged="7 INR"),
    )
    assert (found.numbers, found.spent) == (3, (Money.of("106 INR"), Money.of("3 USD")))
    assert [(name, str(amount)) for name, amount in found.by_requester] == [
        ("U1", "101 INR"),
        ("U2", "5 INR"),
        ("U1", "3 USD"),
    ]
    assert [name for name, _ in found.by_country] == ["IN", None]


def test_a_month_of_nothing_is_empty() -> None:
    found = of()
    assert (found.numbers, found.spent, found.ahead, found.median) == (0, (), (), None)
    assert [month for month, _ in found.renewals] == [months_after("2026-11", no) for no in range(1, AHEAD + 1)]


def test_a_commitment_binds_to_the_renewals_that_the_purchase_did_not_pay() -> None:
    assert of(a_sale(months=0)).bound == of(a_sale(months=1)).bound == ()
    assert of(a_sale(months=6)).bound == (Money.of("5 INR"),)
    assert of(a_sale("2026-08-02", months=6)).bound == (Money.of("2 INR"),)


def test_a_provider_that_bills_every_thirty_days_bills_twice_in_some_months() -> None:
    found = of(a_sale(bills=("2026-11-02", "2026-12-02")))
    assert {str(amount) for _, (amount,) in found.renewals} == {"1 INR"}
    found = of(a_sale("2026-10-02", bills=("2026-10-02", "2026-11-01")))
    assert [len(sums) and str(sums[0]) for _, sums in found.renewals][:4] == ["2 INR", "1 INR", 0, "2 INR"]


def test_approvals_are_counted_and_timed_where_people_made_them() -> None:
    hours = [Decided(timedelta(hours=no), is_denied=no == 3) for no in (1, 2, 3)]
    found = of(decided=(*hours, Decided(timedelta(0), is_automatic=True)))
    assert (found.approved, found.automatic, found.denied) == (3, 1, 1)
    assert (found.median, found.longest) == (timedelta(hours=2), timedelta(hours=3))


DAYS = st.dates(date(2025, 1, 1), date(2026, 11, 30))


def billed(sale: Sale, days: list[date]) -> list[date]:
    """As somebody does who looks at the calendar every day."""
    found: list[date] = []
    anchor = sale.next_billing or sale.bought
    due = sale.next_billing
    for day in days:
        if sale.period is None:
            last = calendar.monthrange(day.year, day.month)[1]
            is_due = day.day == min(anchor.day, last) and day > sale.bought and day >= anchor
        else:
            is_due = day == due
            due = day + sale.period if is_due else due
        found += [day] if is_due else []
    return found


@quick
@given(DAYS, st.none() | st.integers(20, 45), st.integers(0, 24))
@example(date(2026, 1, 31), None, 3)
@example(date(2026, 11, 30), 30, 12)
def test_the_forecast_is_what_is_billed_day_by_day(bought: date, period: int | None, months: int) -> None:
    bills = None if period is None else (bought.isoformat(), (bought + timedelta(days=period)).isoformat())
    sale = a_sale(bought.isoformat(), months=months, bills=bills)
    found = of(sale)
    lived = [bought + timedelta(days=no) for no in range((date(2027, 12, 1) - bought).days)]
    dates = billed(sale, lived)
    for month, sums in found.renewals:
        how_many = sum(day.strftime("%Y-%m") == month for day in dates)
        assert sums == ((ONE * how_many,) if how_many else ())
    still_bound = sum(day >= date(2026, 12, 1) for day in dates[: max(0, months - 1)])
    assert found.bound == ((ONE * still_bound,) if still_bound else ())


@quick
@given(st.integers(0, 3000), st.dates(date(1000, 1, 1), date(2700, 1, 1)))
def test_months_are_counted_as_they_are_gone_on(no: int, day: date) -> None:
    month = day.strftime("%Y-%m")
    assert months_between(month, months_after(month, no)) == no
