"""`resolve`: what an operator says of a purchase counts when the serving process' look agrees, or on their word."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.app import Service
from bot.commands.resolve import resolve
from bot.domain.attempt import Ending
from bot.domain.audit import OPERATOR
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.sandbox.vobiz import Mood
from bot.services.acts import Resolve
from bot.store.lanes import Lane
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import BOSS, TEAM, an_address
from tests.harness.clock import FakeClock
from tests.harness.office import DATABASE
from tests.harness.process import Ended, Run, a_bot
from tests.harness.rows import facts_of
from tests.harness.seen import asked
from tests.harness.stores import a_store_at
from tests.harness.swept import named, sweep
from tests.harness.timeline import a_timed_office
from tests.harness.workbench import Workbench

Arranged = Callable[[Workbench], Awaitable[PurchaseRequest]]

LOST = Unknown(reason="timeout")
HOUR = timedelta(hours=1)
FINDING_OUT = (
    "the bot is still finding out by itself; say it again after its last look, "
    "which comes about 37 minutes after the call while `buynumber serve` runs"
)

NOTHING_ODD = "ours: no, on sale: yes, unexplained charges: none"
NOT_BOUGHT, WRITE_OFF = Resolution.NOT_BOUGHT, Resolution.WRITE_OFF

_checking: Arranged = partial(Workbench.a_purchase, outcome=LOST)
_bought: Arranged = Workbench.a_purchase


async def _bought_before(bench: Workbench) -> PurchaseRequest:
    """The outcome of the second purchase of a number is unknown, right after the first one."""
    await bench.a_purchase()
    return await asked(bench)


async def _ledger_unread(bench: Workbench) -> PurchaseRequest:
    request = await asked(bench)
    bench.provider.unreadable = {"transactions"}
    return request


async def _alerted(bench: Workbench) -> PurchaseRequest:
    """It was refused, and charged all the same."""
    request = await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    return request


def _stands(folder: Path, request: PurchaseRequest) -> tuple[Status, Ending]:
    async def look(bench: Workbench) -> tuple[Status, Ending]:
        return (await bench.now(request)).status, (await bench.attempt(request)).ending

    return on_a_bench(folder, look)


@pytest.mark.parametrize(
    ("outcome", "words", "stands"),
    [
        ("bought", "Recorded on your word: it was bought.\n", (Status.PURCHASED, Ending.FOUND)),
        ("not-bought", "Recorded on your word: it was not bought.\n", (Status.FAILED, Ending.ON_WORD)),
    ],
)
def test_an_operators_word_is_recorded_without_anybody_serving(
    run: Run, tmp_path: Path, outcome: str, words: str, stands: tuple[Status, Ending]
) -> None:
    request = on_a_bench(tmp_path, asked)
    ended = run("resolve", request.id, outcome, "--without-asking", MONTHLY_BUDGET="INR:500")
    assert (ended.code, ended.out, ended.err) == (0, words, "")
    assert _stands(tmp_path, request) == stands
    said = on_a_bench(tmp_path, Workbench.trail)[-1]
    assert said.actor == OPERATOR
    assert facts_of(said).get("budget") == ("500" if said.event is Event.PURCHASED else None)


@pytest.mark.parametrize(
    ("arranged", "outcome", "why_not"),
    [
        (_checking, "bought", FINDING_OUT),
        (_checking, "not-bought", FINDING_OUT),
        (_bought_before, "bought", "another request bought this number"),
        (_bought, "not-bought", "request {id} does not wait for its outcome"),
    ],
)
def test_a_word_that_cannot_be_taken_changes_nothing(
    run: Run, tmp_path: Path, arranged: Arranged, outcome: str, why_not: str
) -> None:
    request = on_a_bench(tmp_path, arranged)
    before = _stands(tmp_path, request)
    ended = run("resolve", request.id, outcome, "--without-asking")
    assert (ended.code, ended.out) == (1, f"Nothing changed: {why_not.format(id=request.id)}.\n")
    assert _stands(tmp_path, request) == before


@pytest.mark.parametrize("more", [[], ["--without-asking"]])
def test_a_request_that_does_not_exist_is_said(run: Run, tmp_path: Path, more: list[str]) -> None:
    on_a_bench(tmp_path, _checking)
    ended = run("resolve", "0" * 32, "bought", *more)
    assert (ended.code, ended.out) == (1, f"There is no request {'0' * 32}: `buynumber requests` lists them.\n")


def test_with_nobody_serving_it_is_said_at_once_and_nothing_is_left_to_be_judged(run: Run, tmp_path: Path) -> None:
    request = on_a_bench(tmp_path, _checking)
    ended = run("resolve", request.id, "bought")
    words = "No process serves from this database: start `buynumber serve`, or say it with --without-asking.\n"
    assert (ended.code, ended.out) == (1, words)
    assert on_a_bench(tmp_path, lambda bench: bench.rows(Resolve)) == []


def test_money_is_given_up_by_a_fresh_look_alone_and_only_while_somebody_serves(run: Run, tmp_path: Path) -> None:
    request = on_a_bench(tmp_path, _alerted)
    ended = run("resolve", request.id, "write-off")
    words = "No process serves from this database: start `buynumber serve`.\n"
    assert (ended.code, ended.out) == (1, words)
    ended = run("resolve", request.id, "write-off", "--without-asking")
    assert (ended.code, ended.err) == (2, "buynumber: write-off goes by a fresh look: leave --without-asking out\n")


async def test_on_a_server_it_is_waited_for_in_vain_and_then_taken_back_without_what_approvers_said_meanwhile(
    own_postgres_url: str,
) -> None:
    served = a_store_at(own_postgres_url)
    bench, out = Workbench(served.store, FakeClock()), io.StringIO()
    request = await _checking(bench)
    by = an_address(BOSS, at=bench.clock.now())
    click = Resolve(team=TEAM, trigger_id="1.2.3", by=by, resolution=Resolution.LOOK_AGAIN, request=request.id)
    await bench.take(click)
    assert not await resolve(served.store, out, request.id, Resolution.BOUGHT, patience=0.5)
    assert out.getvalue().startswith("No process serves from this database")
    [waits] = await bench.rows(Resolve)
    assert Resolve.model_validate_json(waits.payload) == click
    served.close()


@pytest.mark.parametrize(
    ("arranged", "said", "words"),
    [
        (_bought, NOT_BOUGHT, "Nothing changed: the outcome is known by now, the request is purchased."),
        (_checking, NOT_BOUGHT, f"Nothing changed: {FINDING_OUT}."),
        (_ledger_unread, NOT_BOUGHT, "Recorded: it was not bought. The ledger could not be read."),
        (_alerted, WRITE_OFF, "Recorded: what was alerted of it is given up."),
        (_bought, WRITE_OFF, f"Nothing changed: there is nothing to write off ({NOTHING_ODD})."),
    ],
)
def test_what_the_serving_process_says_is_said_in_words(
    tmp_path: Path, arranged: Arranged, said: Resolution, words: str
) -> None:
    async def say(bench: Workbench) -> None:
        out, request, committed = io.StringIO(), await arranged(bench), asyncio.Event()
        saying = asyncio.create_task(resolve(bench.store, out, request.id, said))
        bench.store.on_commit(lambda: committed.set())
        await committed.wait()
        bench.clock.advance(1)
        await bench.run_due(Lane.JUDGE)
        assert await saying is words.startswith("Recorded")
        assert out.getvalue() == f"{words}\n"

    on_a_bench(tmp_path, say)


async def test_the_process_that_serves_looks_and_its_verdict_is_waited_for(tmp_path: Path) -> None:
    async with a_timed_office(tmp_path, datetime.now(UTC) - HOUR) as timed:
        office = timed.office
        card = await office.a_card()
        office.vobiz.next_purchase(Mood.DEBIT_ONLY)
        await office.approve(card)
        await timed.live(HOUR)
        await office.service.stop()
        office.service = Service(office.settings)
        await office.open()
        (request,) = await office.requests()
        disagreed = await _resolved(tmp_path, request)
        assert (disagreed.code, disagreed.err) == (1, "")
        assert "does not agree (ours: no, on sale: yes, unexplained charges: txn_000001 of 101.0 INR)" in disagreed.out
        office.vobiz.refund(office.vobiz.ledger[0])
        agreed = await _resolved(tmp_path, request)
        assert (agreed.code, agreed.out) == (0, "Recorded: it was not bought.\n")
        await office.told(card, "operator said so")


async def _resolved(folder: Path, request: PurchaseRequest) -> Ended:
    env = {"DATABASE_URL": f"sqlite:///{folder / DATABASE}"}
    async with a_bot("resolve", request.id, "not-bought", folder=folder, env=env) as bot:
        return await bot.ends()
