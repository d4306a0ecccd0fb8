"""What people say while the ledger cannot be read counts by own numbers, and stays unsettled."""

import pytest

from bot.domain import refusals
from bot.domain.outcome import Unknown
from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.reconcile.alerts import told_debits
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, asked, charged, ours, unread
from tests.harness.workbench import Workbench

BOUGHT, NOT_BOUGHT, _, WRITE_OFF = Resolution


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_not_bought_is_never_settled_at_once_while_the_ledger_cannot_be_read_and_the_entry_says_what_was(
    bench: Workbench, outcome: Unknown
) -> None:
    request = await asked(bench, outcome)
    unread("transactions")(bench)
    await bench.resolve(NOT_BOUGHT, request)
    facts = facts_of(await bench.last(Event.FAILED))
    assert (facts["seen"]["owned"], facts["seen"]["debits"], facts["settles_at"] is None) == (False, None, False)
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")


@pytest.mark.parametrize("is_read", [True, False], ids=["read until then", "the last look could not read it"])
async def test_a_charge_that_was_seen_stays_alerted_with_its_debits_whatever_is_said_while_the_ledger_cannot_be_read(
    bench: Workbench, *, is_read: bool
) -> None:
    request = await bench.a_purchase(OWN_500)
    charged(bench)
    await bench.look(times=5)
    bench.provider.unreadable = set() if is_read else {"transactions"}
    await bench.look()
    unread("transactions")(bench)
    await bench.resolve(NOT_BOUGHT, request)
    assert (await bench.now(request)).status is Status.FAILED
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at is None, attempt.is_unsettled) == (False, True)
    assert [debit.id for debit in told_debits(attempt)] == ["txn_1"]


async def test_bought_counts_by_own_numbers_alone_and_the_entry_says_that_the_ledger_was_not_read(
    bench: Workbench,
) -> None:
    request = await asked(bench)
    ours(bench)
    unread("transactions")(bench)
    await bench.resolve(BOUGHT, request)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert facts_of(await bench.last(Event.PURCHASED))["seen"]["debits"] is None


@pytest.mark.parametrize("unread_looks", [0, 1])
async def test_what_approvers_were_told_of_is_written_off_while_the_ledger_cannot_be_read_and_nothing_else(
    bench: Workbench, unread_looks: int
) -> None:
    request = await bench.a_purchase(LOST)
    unread("transactions")(bench)
    await bench.resolve(WRITE_OFF, request)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.NothingToWriteOff.reason
    bench.provider.unreadable = set()
    charged(bench)
    await bench.look()
    unread("transactions")(bench)
    await bench.look(times=unread_looks)
    await bench.resolve(WRITE_OFF, request)
    facts = facts_of(await bench.last(Event.WRITTEN_OFF))
    assert ([row["id"] for row in facts["debits"]], facts["ledger_unread"]) == (["txn_1"], True)
    attempt = await bench.attempt(request)
    assert (attempt.written_off, attempt.alerted_at) == (frozenset({"txn_1"}), None)
