"""Somebody asks for a number, and it becomes a request with a card. When it does not: `test_every_refusal.py`."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain import refusals
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.acts import Ask
from bot.services.judge.submit import READ_GETS
from bot.services.letters import CardLetter
from bot.services.plans import Expire, Remind
from bot.services.ports import Balance
from bot.work.duty import Judge
from bot.work.queue import LeaseLost
from bot.work.retry import TryLater
from tests.harness.builders import ASKER, BOSS, CHANNEL, a_listing, a_request, an_address, some_rules, some_terms
from tests.harness.patience import PATIENCE
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

SECRET_URL = "https://hooks.slack.com/commands/T1/1/secret"


async def test_a_number_on_sale_at_the_terms_that_were_shown_becomes_a_pending_request_with_its_card_and_deadlines(
    bench: Workbench,
) -> None:
    bench.provider.listing = a_listing("100.50+1 INR", months=3)
    caller = an_address(response_url=SECRET_URL)
    await bench.ask(by=caller, digest=some_terms("100.5+1.00 INR", months=3).digest)
    (request,) = await bench.requests()
    assert request.status is Status.PENDING
    assert request.terms == some_terms("100.50+1 INR", months=3)
    assert (request.requester, request.channel, request.reason) == (ASKER, CHANNEL, "for the support line")
    assert request.expires_at == bench.clock.now() + timedelta(hours=72)
    (entry,) = await bench.trail()
    assert (entry.event, entry.actor, entry.request) == (Event.REQUESTED, ASKER, request.id)
    assert facts_of(entry)["digest"] == request.terms.digest
    assert request.entry == entry.seq
    assert CardLetter.model_validate_json((await bench.row(CardLetter)).payload).requester == caller
    (card,) = await bench.cards(request)
    assert (card.channel, card.ts) == (CHANNEL, None)
    assert [(row.kind, row.not_before - bench.clock.now()) for row in await bench.rows()] == [
        (CardLetter.kind, timedelta(0)),
        (Expire.kind, timedelta(hours=72)),
        (Remind.kind, timedelta(hours=24)),
    ]
    deadlines = await bench.rows(Expire, Remind)
    assert {Expire.model_validate_json(row.payload).terms_version for row in deadlines} == {1}


@pytest.mark.parametrize(("available", "kept"), [("100.9999999", "100.999999"), ("-5", "-5"), ("101", None)])
async def test_a_balance_that_does_not_cover_the_charge_is_kept_for_the_card(
    bench: Workbench, available: str, kept: str | None
) -> None:
    bench.provider.spendable = Balance(currency="INR", available=Decimal(available), may_overdraw=True)
    await bench.ask()
    facts = facts_of(await bench.last(Event.REQUESTED))
    assert (facts.get("available"), facts.get("may_overdraw")) == (kept, True if kept else None)


@pytest.mark.parametrize("remind_after", [None, timedelta(hours=72), timedelta(hours=80)])
async def test_nobody_is_reminded_at_or_after_the_end(bench: Workbench, remind_after: timedelta | None) -> None:
    bench.rules = some_rules(remind_after=remind_after)
    await bench.ask()
    assert not await bench.rows(Remind)


async def test_nothing_of_it_stays_when_the_work_belongs_to_another_worker_by_now(bench: Workbench) -> None:
    await bench.take(bench.an_ask())
    robbed = await bench.claim(Ask)
    bench.clock.advance(31)
    await bench.claim(Ask)
    before = await bench.rows()
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert not await bench.requests()
    assert not await bench.trail()
    assert await bench.rows() == before


@pytest.mark.parametrize(("approval_channel", "stands_in"), [(None, "C_OTHER"), ("C_APPROVALS", "C_APPROVALS")])
async def test_the_card_goes_where_it_was_typed_or_to_the_channel_of_approvals_and_that_is_told(
    bench: Workbench, approval_channel: str | None, stands_in: str
) -> None:
    bench.rules = some_rules(approval_channel=approval_channel)
    for _ in range(2):
        await bench.ask(channel="C_OTHER")
    (request,) = await bench.requests()
    assert (request.channel, (await bench.cards(request))[0].channel) == ("C_OTHER", stands_in)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence["channel"]) == (refusals.AlreadyRequested.reason, stands_in)


@pytest.mark.parametrize(("by", "is_told"), [(ASKER, True), (BOSS, False)])
async def test_whose_request_it_is_stays_private_where_it_was_asked_for_in_private(
    bench: Workbench, by: str, is_told: bool
) -> None:
    await bench.a_request(replace(a_request(), is_private=True))
    await bench.ask(by=an_address(by, at=bench.clock.now()))
    _, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (evidence.get("requester"), evidence.get("channel")) == ((ASKER, CHANNEL) if is_told else (None, None))


@pytest.mark.parametrize(
    ("user", "rules", "can_approve"),
    [
        (BOSS, some_rules(second_approval_above="100 INR"), 1),
        (ASKER, some_rules(second_approval_above="100 INR"), None),
        (BOSS, some_rules(second_approval_above="101 INR"), None),
        (BOSS, some_rules(second_approval_above="100 INR", allow_self_approval=True), None),
        (BOSS, some_rules(), None),
    ],
)
async def test_a_request_that_cannot_get_its_votes_is_made_and_says_how_many_can_approve_it(
    bench: Workbench, user: str, rules: Rules, can_approve: int | None
) -> None:
    bench.rules = rules
    await bench.ask(by=an_address(user))
    assert facts_of(await bench.last(Event.REQUESTED)).get("can_approve") == can_approve


async def test_what_the_card_could_warn_of_keeps_nobody_from_asking_when_it_cannot_be_read(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.people.list_is_silent = True
    bench.provider.unreadable = {"balance"}
    await bench.ask(by=an_address(BOSS))
    assert not {"can_approve", "available"} & facts_of(await bench.last(Event.REQUESTED)).keys()


async def _a_judge_of_one_before(bench: Workbench) -> Judge:
    """Who knows in which currency the last number was sold."""
    judge = bench.duties[Ask.kind].judge
    await bench.take(bench.an_ask())
    await judge(await bench.claim(Ask))
    return judge


async def test_the_balance_is_read_beside_the_number_in_the_currency_of_the_last_one_and_in_another_after_it(
    bench: Workbench,
) -> None:
    judge = await _a_judge_of_one_before(bench)
    balance_is_asked_for = asyncio.Event()

    async def number_waits_for_balance(what: str) -> None:
        if what == "balance":
            balance_is_asked_for.set()
        else:
            await balance_is_asked_for.wait()

    bench.provider.during_read = number_waits_for_balance
    bench.provider.listing = other = a_listing("100+1 USD", number="+918065551235")
    bench.provider.spendable = Balance(currency="USD", available=Decimal(7), may_overdraw=False)
    await bench.take(bench.an_ask().model_copy(update={"e164": other.e164}))
    async with asyncio.timeout(PATIENCE):
        await judge(await bench.claim(Ask))
    assert bench.provider.reads.count("balance") == 3
    assert facts_of(await bench.last(Event.REQUESTED))["available"] == "7"


async def test_who_waited_too_long_for_those_who_wait_in_vain_waits_for_no_balance_either(bench: Workbench) -> None:
    judge = await _a_judge_of_one_before(bench)
    bench.provider.reads.clear()
    bench.provider.is_silent = True
    await bench.take(bench.an_ask())
    bench.clock.advance(9)
    await judge(await bench.claim(Ask))
    assert (await bench.refusal(Event.REQUEST_REFUSED))[0] == refusals.ProviderUnreadable.reason
    assert bench.provider.reads == []


async def test_who_is_refused_waits_for_no_balance(bench: Workbench) -> None:
    judge = await _a_judge_of_one_before(bench)
    dropped = asyncio.Event()

    async def balance_hangs(what: str) -> None:
        if what == "balance":
            try:
                await asyncio.Event().wait()
            finally:
                dropped.set()

    bench.provider.during_read = balance_hangs
    bench.provider.listing = None
    await bench.take(bench.an_ask())
    async with asyncio.timeout(PATIENCE):
        await judge(await bench.claim(Ask))
        await dropped.wait()
    assert (await bench.last(Event.REQUEST_REFUSED)).seq > 1


async def test_reading_the_provider_gets_what_is_left_of_ten_seconds_since_it_was_asked(bench: Workbench) -> None:
    async def slack_takes_a_second(_: str) -> None:
        bench.clock.advance(1)

    bench.people.during_look_up = slack_takes_a_second
    await bench.take(bench.an_ask())
    bench.clock.advance(3)
    await bench.run(Ask)
    assert bench.provider.given == [4.0, 4.0]  # two look-ups: who it is, and whether they may
    assert len(await bench.requests()) == 1


@pytest.mark.parametrize(("waited", "given"), [(2, 7.0), (30, READ_GETS)])
async def test_who_had_a_turn_and_lost_the_time_to_slack_is_not_told_that_vobiz_cannot_be_read(
    bench: Workbench, waited: float, given: float
) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.ask()
    bench.people.silent = False
    bench.clock.advance(waited)
    await bench.run(Ask)
    assert bench.provider.given == [given, given]
    assert len(await bench.requests()) == 1


async def test_who_waited_too_long_for_a_turn_while_vobiz_answers_is_not_told_that_it_cannot_be_read(
    bench: Workbench,
) -> None:
    await bench.take(bench.an_ask())
    bench.clock.advance(60)
    await bench.run(Ask)
    assert bench.provider.given == [READ_GETS, READ_GETS]
    assert len(await bench.requests()) == 1


async def test_slack_is_asked_again_who_asks_for_a_minute_and_then_the_caller_alone_hears_why_not(
    bench: Workbench,
) -> None:
    bench.people.silent = True
    caller = an_address(BOSS, channel="C_OTHER", response_url=SECRET_URL)
    with pytest.raises(TryLater) as later:
        await bench.ask(by=caller)
    assert later.value.after == timedelta(seconds=2)
    bench.clock.advance(59)
    with pytest.raises(TryLater):
        await bench.run(Ask)
    assert not await bench.trail()
    bench.clock.advance(2)
    await bench.run(Ask)
    expected = (refusals.PeopleUnreadable.reason, {"why": "internal_error"})
    assert await bench.refusal(Event.REQUEST_REFUSED) == expected
    assert [words.to for words in await bench.words()] == [caller]
    assert not await bench.requests()
