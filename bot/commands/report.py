"""`report`: the month in figures, for people or as a table for programs (`--csv`)."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TextIO

from bot.commands.export import harmless
from bot.domain.report import Report
from bot.domain.rules import Rules
from bot.services.tell.report import report_of
from bot.services.unit import Unit
from bot.store.store import Store

COLUMNS = ("what", "name", "currency", "amount")
"""Amounts of money are plain decimals; counts have no currency, and times are whole seconds. Read by scripts."""


async def print_report(store: Store, out: TextIO, rules: Rules, month: str | None, *, as_csv: bool) -> None:
    """Of the present month unless one is named. Raises `StoreError`."""
    now = datetime.now(UTC)
    wanted = month or rules.month(now)
    found = await store.read_at_length(lambda connection: report_of(Unit(connection, now, rules), wanted))
    if as_csv:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows([*map(harmless, row)] for row in _rows(found))
    else:
        out.writelines(f"{line}\n" for line in _lines(found))


def _rows(found: Report) -> Iterator[tuple[str, str, str, str]]:
    yield "month", found.month, "", str(found.numbers)
    for amount in found.spent:
        yield "spent", "", amount.currency, amount.plain()
    for requester, amount in found.by_requester:
        yield "requester", requester, amount.currency, amount.plain()
    for country, amount in found.by_country:
        yield "country", country or "", amount.currency, amount.plain()
    for month, amounts in found.renewals:
        for amount in amounts:
            yield "renewal", month, amount.currency, amount.plain()
    for amount in found.bound:
        yield "committed", "", amount.currency, amount.plain()
    for name, count in (("approved", found.approved), ("automatic", found.automatic), ("denied", found.denied)):
        yield name, "", "", str(count)
    for name, took in (("median", found.median), ("longest", found.longest)):
        if took is not None:
            yield name, "", "", str(round(took.total_seconds()))


def _lines(found: Report) -> Iterator[str]:
    numbers = "1 number was" if found.numbers == 1 else f"{found.numbers} numbers were"
    yield f"{found.month}: {numbers} bought for {_said(found.spent)}."
    for what, named in (("by requester", found.by_requester), ("by country", found.by_country)):
        for name, amount in named:
            yield f"  {what}: {name or 'unknown'}  {amount}"
    (following, amounts), *_ = found.renewals
    yield f"Renewals in {following}: {_said(amounts)}; in the next twelve months: {_said(found.ahead)}."
    yield f"  of these, minimum commitments bind to {_said(found.bound)} (taxes are not included)"
    yield f"Approved: {found.approved}, of these automatically: {found.automatic}. Denied: {found.denied}."
    if found.median is not None and found.longest is not None:
        yield f"  by people in {_whole(found.median)} (median), {_whole(found.longest)} at most"


def _said(amounts: tuple[object, ...]) -> str:
    return " and ".join(map(str, amounts)) or "nothing"


def _whole(took: timedelta) -> str:
    return str(timedelta(seconds=round(took.total_seconds())))
