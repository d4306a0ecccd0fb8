"""A database that is served from another place than before is a copy: what came after it was made is not known here."""

from bot.domain.audit import BOT, OPERATOR
from bot.domain.refusals import NotReconciled
from bot.domain.request import Status
from bot.domain.trail import Event, Frozen, Unfrozen
from bot.services.checkup.database import waiting_lines
from bot.services.checkup.line import Mark
from bot.services.judge.freeze import Audience, switch
from bot.services.letters import Announcement, Words
from bot.services.plans import DueSweep, Purchase
from bot.services.reconcile.beginning import begin_at
from bot.store import control
from bot.work import queue
from tests.harness.builders import NUMBER, an_owned_number
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE


async def _start(bench: Workbench, place: str) -> None:
    await bench.units.by_hand(begin_at, place)


async def _begins_elsewhere(bench: Workbench) -> None:
    """After a start that planned a sweep for later."""
    now, later = bench.clock.now(), bench.clock.now() + DueSweep.every
    await bench.store.write(lambda connection: queue.add(connection, DueSweep(), now=now, after=later))
    await _start(bench, "here")
    bench.clock.advance(LEASE)
    await _start(bench, "elsewhere")


async def test_it_begins_frozen_with_what_was_approved_and_everybody_hears_until_when_it_knows(
    bench: Workbench,
) -> None:
    request = await bench.an_approved_request()
    newest = (await bench.trail())[-1]
    await _begins_elsewhere(bench)
    frozen = await bench.last(Event.FROZEN)
    assert isinstance(frozen.told, Frozen)
    assert (frozen.actor, frozen.told.copied_after) == (BOT, newest.at)
    assert [one.request for one in frozen.told.returned] == [request.id]
    assert (await bench.now(request)).status is Status.PENDING
    assert len(await bench.rows(Announcement)) == 1
    [line] = await bench.store.read(waiting_lines)
    assert line.mark is Mark.WRONG
    assert "is a copy" in line.words
    assert "let `buynumber serve` sweep, then `buynumber unfreeze`" in line.way


async def test_nobody_lifts_that_before_a_sweep_that_is_due_at_once_has_read_the_provider(bench: Workbench) -> None:
    await bench.a_request()
    await _begins_elsewhere(bench)
    bench.provider.unreadable = {"transactions"}
    await bench.run(DueSweep)
    await bench.switch(freezes=False)
    assert Words.model_validate_json((await bench.row(Words)).payload).reason == NotReconciled.reason
    assert await bench.store.read(control.looks_frozen)
    bench.provider.unreadable = set()
    await bench.sweep()
    [line] = await bench.store.read(waiting_lines)
    assert "if nothing serves from the original, `buynumber unfreeze`" in line.way
    await bench.switch(freezes=False)
    assert not await bench.store.read(control.looks_frozen)
    assert await bench.store.read(waiting_lines) == []


async def test_an_operator_lifts_it_on_their_word_when_the_provider_can_never_be_asked_again(bench: Workbench) -> None:
    await bench.a_request()
    await _begins_elsewhere(bench)
    told = [Audience()]
    assert isinstance(
        await bench.units.by_hand(lambda unit: switch(unit, OPERATOR, told, freezes=False)), NotReconciled
    )
    await bench.units.by_hand(lambda unit: switch(unit, OPERATOR, told, freezes=False, without_asking=True))
    assert (await bench.last(Event.UNFROZEN)).told == Unfrozen(without_asking=True)
    assert not await bench.store.read(control.looks_frozen)


async def test_one_that_was_frozen_when_it_was_copied_waits_for_that_sweep_too(bench: Workbench) -> None:
    await bench.a_request()
    await bench.freeze()
    await _begins_elsewhere(bench)
    await bench.switch(freezes=False)
    assert await bench.store.read(control.looks_frozen)
    await bench.run(DueSweep)
    await bench.switch(freezes=False)
    assert not await bench.store.read(control.looks_frozen)


async def test_a_number_that_the_original_bought_since_is_bought_elsewhere_and_never_bought_again(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    await _begins_elsewhere(bench)
    bench.provider.owned_number = an_owned_number()
    await bench.run(DueSweep)
    assert [found.subject for found in await bench.findings("bought_elsewhere")] == [NUMBER]
    await bench.switch(freezes=False)
    bench.clock.advance(LEASE)
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED
    await bench.run(Purchase)
    ended = await bench.now(request)
    assert (ended.status, ended.error) == (Status.FAILED, "already_ours")
    assert bench.provider.calls == []


async def test_starts_at_the_same_place_and_of_what_has_no_trail_yet_change_nothing(bench: Workbench) -> None:
    await _start(bench, "here")
    await _start(bench, "elsewhere")
    await bench.a_request()
    before = await bench.trail()
    await _start(bench, "elsewhere")
    assert await bench.trail() == before
    assert not await bench.store.read(control.looks_frozen)


async def test_what_an_older_version_served_from_is_not_known_and_noted(bench: Workbench) -> None:
    await bench.a_request()
    await _start(bench, "here")
    assert not await bench.store.read(control.looks_frozen)
    assert await bench.store.read(control.place) == "here"
