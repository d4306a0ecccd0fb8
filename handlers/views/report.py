"""The month's report, for an approver: sentences that say everything, and charts where Slack draws them."""

from collections import defaultdict
from datetime import timedelta

from bot.domain.money import Money
from bot.domain.report import Report, Sums
from handlers.views.blocks import Block, heading, paragraph
from handlers.views.charts import CHARTS, bars, pie
from handlers.views.message import Message, message
from handlers.views.wording import country, escape, join, mention, money, month_name

MOST = 10
"""People and countries that are named for each currency."""

TAXES = "Taxes are not included in what is to come."


def report(found: Report, *, with_charts: bool = True) -> Message:
    """The text says the same as the blocks, with charts or without."""
    parts = [_spent(found), _people(found), _countries(found), _to_come(found), _approvals(found)]
    said = [part for part in parts if part]
    charts = _charts(found)[:CHARTS] if with_charts else []
    blocks = [heading(f"Report of {_in_words(found.month)}"), paragraph(said[0]), *charts, *map(paragraph, said[1:])]
    return message("\n".join(said), blocks)


def _spent(found: Report) -> str:
    if not found.numbers:
        return f"*{_in_words(found.month)}*: no number was bought."
    numbers = "1 number was" if found.numbers == 1 else f"{found.numbers} numbers were"
    return f"*{_in_words(found.month)}*: {numbers} bought for {_all(found.spent)}."


def _in_words(month: str) -> str:
    """`November 2026` for `2026-11`."""
    return f"{month_name(month)} {month[:4]}"


def _people(found: Report) -> str:
    return _named("By whoever asked", [(mention(name), amount) for name, amount in found.by_requester])


def _countries(found: Report) -> str:
    named = [(escape(country(name)) if name else "country unknown", amount) for name, amount in found.by_country]
    return _named("By country", named)


def _named(what: str, named: list[tuple[str, Money]]) -> str:
    """The largest of each currency, which is how they come."""
    by_currency: dict[str, list[str]] = defaultdict(list)
    for name, amount in named:
        by_currency[amount.currency].append(f"{name} {money(amount)}")
    lines = [
        f"{', '.join(said[:MOST])}{f' and {len(said) - MOST} more' if len(said) > MOST else ''}"
        for said in by_currency.values()
    ]
    return f"{what}: {'; '.join(lines)}." if lines else ""


def _to_come(found: Report) -> str:
    (following, amounts), *_ = found.renewals
    if not found.ahead:
        return "Nothing renews in the next twelve months."
    said = f"Renewals in {_in_words(following)}: {_all(amounts)}."
    ahead = f"In the next twelve months, if all are kept: {_all(found.ahead)}"
    bound = f", of which minimum commitments bind to {_all(found.bound)}" if found.bound else ""
    return f"{said} {ahead}{bound}. {TAXES}"


def _approvals(found: Report) -> str:
    said = f"Approved: {found.approved}, of these automatically: {found.automatic}. Denied: {found.denied}."
    if found.median is None or found.longest is None:
        return said
    return f"{said} Half of the decisions took {_lasted(found.median)} or less, the longest {_lasted(found.longest)}."


def _all(amounts: Sums) -> str:
    return join([money(amount) for amount in amounts]) or "nothing"


def _lasted(took: timedelta) -> str:
    minutes = round(took.total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(part for part in parts if part) or "a minute"


def _charts(found: Report) -> list[Block]:
    """Of the currency in which most was spent, or will be: sizes of different ones do not compare."""
    charts: list[Block] = []
    if found.spent:
        most = max(found.spent, key=lambda amount: amount.amount)
        spent = [
            (country(name) if name else "unknown", float(amount.amount))
            for name, amount in found.by_country
            if amount.currency == most.currency and amount.amount > 0
        ]
        if spent:
            charts.append(pie(f"{_in_words(found.month)} by country, {most.currency}", spent))
    if found.ahead:
        most = max(found.ahead, key=lambda amount: amount.amount)
        coming = [
            (month_name(month)[:3], float(sum(amount.amount for amount in amounts if amount.currency == most.currency)))
            for month, amounts in found.renewals
        ]
        charts.append(bars(f"Renewals, {most.currency}", "Renewals", coming, x="Month", y=most.currency))
    return charts
