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
from tests.bot.vobiz.conftest import NUMBER, ClientOf, answer

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
    _fill(standin, 2_500)
    standin.our_people_buy_in_the_console(NUMBER)
    entries = await _rows(vobiz, standin.ledger[-1].at - timedelta(minutes=5))
    assert [entry.id for entry in entries] == [standin.ledger[-1].id]
    assert [call.query["per_page"] for call in standin.read_calls] == ["1000", "1000"]


@pytest.mark.parametrize(
    ("rows", "mood"),
    [(1_230, ReadMood.REPEATS_PAGES), (0, ReadMood.LIES_ABOUT_TOTALS), (3, ReadMood.LIES_ABOUT_TOTALS)],
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
    assert 0 < len(standin.read_calls) < 9


@pytest.mark.parametrize("amount", [None, "x", "0.00000001"])
def test_a_row_without_a_usable_amount_is_kept(amount: str | None) -> None:
    entry = ledger_entry({"id": 7, "amount": amount, "currency": "INR", "type": "did_rental"})
    assert (entry.id, entry.amount, entry.at, entry.is_number_charge) == ("7", None, None, True)


def test_a_row_whose_id_no_table_holds_is_kept_under_one_that_fits() -> None:
    written = ("t" * 200, "t" * 201, "t\0x", "tx")
    read = {ledger_entry({"id": text, "type": "debit"}).id for text in written}
    assert len(read) == len(written)
    assert all(len(text) <= 128 and text.isprintable() for text in read)


A_DEBIT: dict[str, object] = {
    "id": "txn_1",
    "type": "debit",
    "reference_type": "did_purchase",
    "amount": 101,
    "currency": "INR",
    "description": f"DID purchase {NUMBER}",
    "created_at": "2026-11-02T12:00:00Z",
}
NO_ID = {name: value for name, value in A_DEBIT.items() if name != "id"}


@pytest.mark.parametrize("spoilt", [{"id": None}, {"id": ""}, {"id": " "}, {"id": []}, {"updated_at": "2026-11-03"}])
def test_a_row_without_an_id_is_read_for_what_it_says_under_the_same_made_up_one_each_time(
    spoilt: dict[str, object],
) -> None:
    whole, entry = ledger_entry(A_DEBIT), ledger_entry({**NO_ID, **spoilt})
    assert replace(entry, id="txn_1", is_whole=True) == whole
    assert (whole.is_whole, entry.is_whole, entry.id.startswith("no-id~")) == (True, False, True)
    assert ledger_entry({**NO_ID, **spoilt}).id == entry.id


@pytest.mark.parametrize("odd", [None, "a row", 7, [], {}, {"amount": 101}, {"id": "txn_2", "type": None}])
async def test_a_row_that_cannot_be_read_spoils_no_other_and_counts_as_one_that_tells_nothing(
    standin: VobizStandIn, vobiz: Vobiz, odd: object
) -> None:
    page = {"transactions": [odd, A_DEBIT], "total": 2, "page": 1, "per_page": 1_000}
    standin.every_read(answer(page), route="transactions")
    spoilt, whole = await _rows(vobiz, LONG_AGO)
    assert (spoilt.is_whole, spoilt.tells_nothing, spoilt.is_number_charge) == (False, True, False)
    assert (whole.is_whole, whole.tells_nothing, whole.id) == (True, False, "txn_1")


async def test_a_row_without_a_time_is_no_newer_than_the_row_before_it(standin: VobizStandIn, vobiz: Vobiz) -> None:
    older = {**A_DEBIT, "id": "txn_0", "created_at": "2026-11-01T12:00:00Z"}
    rows = [{**A_DEBIT, "id": "first", "created_at": None}, A_DEBIT, None, older, {**NO_ID, "created_at": 7}]
    page = {"transactions": rows, "total": 5, "page": 1, "per_page": 1_000}
    standin.every_read(answer(page), route="transactions")
    read = await _rows(vobiz, datetime(2026, 11, 2, tzinfo=UTC))
    assert [(row.id if row.is_whole else "odd", row.at is None) for row in read] == [
        ("odd", True),
        ("txn_1", False),
        ("odd", True),
    ]


async def test_rows_that_are_about_no_number_are_not_kept(standin: VobizStandIn, vobiz: Vobiz) -> None:
    call = {**A_DEBIT, "id": "txn_call", "reference_type": "call"}
    refund = {**A_DEBIT, "id": "txn_back", "type": "refund"}
    page = {"transactions": [call, refund, A_DEBIT], "total": 3, "page": 1, "per_page": 1_000}
    standin.every_read(answer(page), route="transactions")
    assert [row.id for row in await _rows(vobiz, LONG_AGO)] == ["txn_back", "txn_1"]
