"""The ledger as read, in both editions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from bot.sandbox.vobiz import ReadMood, VobizStandIn
from bot.services.ports import ProviderUnavailable
from bot.vobiz.client import Vobiz
from bot.vobiz.ledger import ledger_entry
from tests.bot.vobiz.conftest import NUMBER, ClientOf

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def _rows(vobiz: Vobiz, since: datetime) -> list[LedgerEntry]:
    rows = await vobiz.transactions(since)
    assert rows is not None
    return rows


def _fill(standin: VobizStandIn, count: int) -> None:
    """`count` old rows, one a minute."""
    standin.world.debit(standin.world.numbers[NUMBER], standin.master)
    row = standin.world.ledger.pop()
    start = row.at - timedelta(days=30)
    standin.world.ledger += [
        replace(row, id=f"txn_old_{index}", at=start + timedelta(minutes=index)) for index in range(count)
    ]


@pytest.mark.usefixtures("edition")
@pytest.mark.parametrize("names", [True, False])
async def test_a_debit_reads_the_same_in_either_edition(standin: VobizStandIn, vobiz: Vobiz, names: bool) -> None:
    """Whether it names its number or not."""
    standin.world.ledger_names_numbers = names
    standin.our_people_buy_in_the_console(NUMBER)
    (entry,) = await _rows(vobiz, LONG_AGO)
    assert (entry.amount, entry.kind) == (Money.of("101 INR"), "debit")
    assert (entry.at, entry.is_number_charge, entry.names(NUMBER)) == (standin.ledger[0].at, True, names)


@pytest.mark.usefixtures("edition")
async def test_a_long_ledger_is_read_whole(standin: VobizStandIn, vobiz: Vobiz) -> None:
    _fill(standin, 230)
    entries = await _rows(vobiz, LONG_AGO)
    assert len({entry.id for entry in entries}) == 230


async def test_reading_stops_after_a_page_that_is_all_older(standin: VobizStandIn, vobiz: Vobiz) -> None:
    _fill(standin, 500)
    standin.our_people_buy_in_the_console(NUMBER)
    entries = await _rows(vobiz, standin.ledger[-1].at - timedelta(minutes=5))
    assert [entry.id for entry in entries] == [standin.ledger[-1].id]
    assert len(standin.read_calls) == 2


@pytest.mark.parametrize(
    ("rows", "mood"), [(230, ReadMood.REPEATS_PAGES), (0, ReadMood.LIES_ABOUT_TOTALS), (3, ReadMood.LIES_ABOUT_TOTALS)]
)
async def test_a_ledger_that_is_stuck_or_ends_before_its_total_is_incomplete(
    standin: VobizStandIn, vobiz: Vobiz, rows: int, mood: ReadMood
) -> None:
    _fill(standin, rows)
    standin.every_read(mood, route="transactions")
    with pytest.raises(ProviderUnavailable, match="incomplete"):
        await _rows(vobiz, LONG_AGO)


async def test_a_ledger_that_takes_too_long_to_read_is_incomplete(standin: VobizStandIn, client_of: ClientOf) -> None:
    _fill(standin, 9_000)
    with pytest.raises(ProviderUnavailable, match=r"incomplete|timeout"):
        await _rows(client_of(walk_budget=0.05), LONG_AGO)
    assert 0 < len(standin.read_calls) < 90


@pytest.mark.parametrize("amount", [None, "x", "0.00000001"])
def test_a_row_without_a_usable_amount_is_kept(amount: str | None) -> None:
    entry = ledger_entry({"id": 7, "amount": amount, "currency": "INR", "type": "did_rental"})
    assert (entry.id, entry.amount, entry.at, entry.is_number_charge) == ("7", None, None, True)


def test_a_row_whose_id_no_table_holds_is_kept_under_one_that_fits() -> None:
    written = ("t" * 200, "t" * 201, "t\0x", "tx")
    read = {ledger_entry({"id": text, "type": "debit"}).id for text in written}
    assert len(read) == len(written)
    assert all(len(text) <= 128 and text.isprintable() for text in read)


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": " "}, {"id": []}])
def test_a_row_without_an_id_makes_the_ledger_unreadable(row: dict[str, object]) -> None:
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        ledger_entry(row)
