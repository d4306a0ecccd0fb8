"""Somebody asks for a number: a request with a card, or words to the caller alone."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.numbers import Listing, OwnedNumber
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.acts import Ask
from bot.services.letters import CardLetter, Words
from bot.services.plans import Expire, Remind
from bot.services.ports import Balance
from bot.work.queue import LeaseLost
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHANNEL,
    NUMBER,
    a_listing,
    a_request,
    an_address,
    an_owned_number,
    some_rules,
    some_terms,
)
from tests.harness.rows import facts_of


async def test_a_number_on_sale_becomes_a_pending_request_with_the_terms_it_was_listed_at(bench: Bench) -> None:
    bench.provider.listing = a_listing("100.50+1 INR", months=3)
    await bench.ask()
    (request,) = await bench.requests()
    assert request.status is Status.PENDING
    assert request.terms == some_terms("100.50+1 INR", months=3)
    assert (request.requester, request.channel, request.reason) == (ASKER, CHANNEL, "for the support line")
    assert request.expires_at == bench.clock.now() + timedelta(hours=72)


async def test_a_request_has_its_entry_its_card_and_its_deadlines_from_the_start(bench: Bench) -> None:
    await bench.ask()
    (request,) = await bench.requests()
    (entry,) = await bench.trail()
    assert (entry.event, entry.actor, entry.request) == (Event.REQUESTED, ASKER, request.id)
    assert facts_of(entry)["digest"] == request.terms.digest
    assert request.entry == entry.seq
    (card,) = await bench.cards(request)
    assert (card.channel, card.ts) == (CHANNEL, None)
    assert [(row.kind, row.not_before - bench.clock.now()) for row in await bench.rows()] == [
        (CardLetter.kind, timedelta(0)),
        (Expire.kind, timedelta(hours=72)),
        (Remind.kind, timedelta(hours=24)),
    ]


@pytest.mark.parametrize(("available", "kept"), [("100.9999999", "100.999999"), ("-5", "-5"), ("101", None)])
async def test_a_balance_that_does_not_cover_the_charge_is_kept_for_the_card(
    bench: Bench, available: str, kept: str | None
) -> None:
    bench.provider.spendable = Balance(currency="INR", available=Decimal(available), may_overdraw=True)
    await bench.ask()
    facts = facts_of(await bench.last(Event.REQUESTED))
    assert (facts.get("available"), facts.get("may_overdraw")) == (kept, True if kept else None)


async def test_a_balance_that_cannot_be_read_keeps_nobody_from_asking(bench: Bench) -> None:
    bench.provider.unreadable = {"balance"}
    await bench.ask()
    assert "available" not in facts_of(await bench.last(Event.REQUESTED))


async def test_its_card_knows_whom_to_tell_when_it_cannot_be_posted(bench: Bench) -> None:
    caller = an_address(response_url="https://hooks.slack.com/commands/T1/1/secret")
    await bench.ask(by=caller)
    assert CardLetter.model_validate_json((await bench.row(CardLetter)).payload).requester == caller


async def test_deadlines_are_those_of_the_first_terms(bench: Bench) -> None:
    await bench.ask()
    rows = await bench.rows(Expire, Remind)
    assert {Expire.model_validate_json(row.payload).terms_version for row in rows} == {1}


@pytest.mark.parametrize("remind_after", [None, timedelta(hours=72), timedelta(hours=80)])
async def test_nobody_is_reminded_at_or_after_the_end(bench: Bench, remind_after: timedelta | None) -> None:
    bench.rules = some_rules(remind_after=remind_after)
    await bench.ask()
    assert not await bench.rows(Remind)


async def test_nothing_of_it_stays_when_the_work_belongs_to_another_worker_by_now(bench: Bench) -> None:
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


async def test_the_card_goes_where_it_was_typed(bench: Bench) -> None:
    await bench.ask(channel="C_OTHER")
    (request,) = await bench.requests()
    assert (request.channel, (await bench.cards(request))[0].channel) == ("C_OTHER", "C_OTHER")


async def test_with_an_approval_channel_the_card_goes_there(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS")
    await bench.ask(channel="C_OTHER")
    (request,) = await bench.requests()
    assert (request.channel, (await bench.cards(request))[0].channel) == ("C_OTHER", "C_APPROVALS")


async def test_where_numbers_may_not_be_asked_for_nobody_is_asked_for_anything(bench: Bench) -> None:
    bench.rules = some_rules(allowed_channels=frozenset({"C_OTHER"}))
    await bench.ask()
    evidence = {"channel": CHANNEL, "allowed": ["C_OTHER"]}
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.ChannelNotAllowed.reason, evidence)
    assert bench.provider.reads == []
    assert await _nothing_but_words(bench)
    await bench.ask(channel="C_OTHER")
    assert len(await bench.requests()) == 1


@pytest.mark.parametrize(
    ("user", "rules", "warned"),
    [
        (BOSS, some_rules(second_approval_above="100 INR"), {"can_approve": 1}),
        (ASKER, some_rules(second_approval_above="100 INR"), {}),
        (BOSS, some_rules(second_approval_above="101 INR"), {}),
        (BOSS, some_rules(second_approval_above="100 INR", allow_self_approval=True), {}),
        (BOSS, some_rules(), {}),
    ],
)
async def test_a_request_that_cannot_get_its_votes_is_made_and_says_how_many_can_approve_it(
    bench: Bench, user: str, rules: Rules, warned: dict[str, int]
) -> None:
    bench.rules = rules
    await bench.ask(by=an_address(user))
    facts = facts_of(await bench.last(Event.REQUESTED))
    assert {name: facts[name] for name in facts if name == "can_approve"} == warned


async def test_whether_it_can_get_its_votes_is_not_waited_for(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.people.list_is_silent = True
    await bench.ask(by=an_address(BOSS))
    assert "can_approve" not in facts_of(await bench.last(Event.REQUESTED))


async def test_a_number_at_the_terms_that_were_shown_is_requested(bench: Bench) -> None:
    bench.provider.listing = a_listing("100.0+1.00 INR")
    await bench.ask(digest=some_terms("100+1 INR").digest)
    assert len(await bench.requests()) == 1


@dataclass(frozen=True)
class Offered:
    """What the provider says about the number."""

    listing: Listing | None = None
    owned: OwnedNumber | None = None


REFUSED: list[tuple[Offered, str, dict[str, JsonValue]]] = [
    (Offered(), refusals.NotInInventory.reason, {"e164": NUMBER}),
    (Offered(a_listing(None)), refusals.NotForSale.reason, {"e164": NUMBER, "missing": "setup fee"}),
    (Offered(a_listing(blocked=True)), refusals.NotForSale.reason, {"e164": NUMBER, "missing": "blocked"}),
    (Offered(owned=an_owned_number()), refusals.AlreadyOurs.reason, {"e164": NUMBER}),
    (Offered(a_listing(), an_owned_number()), refusals.AlreadyOurs.reason, {"e164": NUMBER}),
]


@pytest.mark.parametrize(("offered", "reason", "evidence"), REFUSED)
async def test_a_number_that_cannot_be_bought_is_refused_with_the_evidence(
    bench: Bench, offered: Offered, reason: str, evidence: dict[str, JsonValue]
) -> None:
    bench.provider.listing, bench.provider.owned_number = offered.listing, offered.owned
    await bench.ask()
    assert await bench.refusal(Event.REQUEST_REFUSED) == (reason, evidence)
    assert await _nothing_but_words(bench)


@pytest.mark.parametrize("why", ["guest", "bot", "deactivated", "other_workspace"])
async def test_only_full_members_may_ask_and_the_provider_is_not_troubled_for_others(bench: Bench, why: str) -> None:
    bench.people.why_not[ASKER] = why
    await bench.ask()
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.NotAFullMember.reason, {"why": why})
    assert not bench.provider.reads
    assert await _nothing_but_words(bench)


async def test_other_terms_than_were_shown_are_refused(bench: Bench) -> None:
    shown, present = some_terms("99+1 INR").digest, some_terms().digest
    await bench.ask(digest=shown)
    assert await bench.refusal(Event.REQUEST_REFUSED) == (
        refusals.TermsChanged.reason,
        {"shown": shown, "present": present},
    )
    assert await _nothing_but_words(bench)


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED, Status.PURCHASING, Status.CHECKING])
async def test_a_number_with_an_open_request_is_refused_naming_that(bench: Bench, status: Status) -> None:
    other = await bench.a_request(a_request(status=status))
    await bench.ask()
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    told = {"e164": NUMBER, "request": other.id, "requester": ASKER, "channel": CHANNEL}
    assert (reason, evidence) == (refusals.AlreadyRequested.reason, told)
    assert await bench.requests() == [other]


@pytest.mark.parametrize(("by", "is_told"), [(ASKER, True), (BOSS, False)])
async def test_whose_request_it_is_stays_private_where_it_was_asked_for_in_private(
    bench: Bench, by: str, is_told: bool
) -> None:
    await bench.a_request(replace(a_request(), is_private=True))
    await bench.ask(by=an_address(by, at=bench.clock.now()))
    _, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (evidence.get("requester"), evidence.get("channel")) == ((ASKER, CHANNEL) if is_told else (None, None))


async def test_of_a_request_is_told_where_its_card_stands_not_where_it_was_asked_for(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS")
    for _ in range(2):
        await bench.ask()
    assert (await bench.refusal(Event.REQUEST_REFUSED))[1]["channel"] == "C_APPROVALS"


@pytest.mark.parametrize("status", [Status.DENIED, Status.WITHDRAWN, Status.EXPIRED])
async def test_a_number_whose_request_ended_may_be_asked_for_again(bench: Bench, status: Status) -> None:
    await bench.a_request(a_request(status=status))
    await bench.ask()
    assert len(await bench.requests()) == 2


@pytest.mark.parametrize("read", ["find", "owned"])
async def test_a_provider_that_cannot_be_read_is_said_at_once(bench: Bench, read: str) -> None:
    bench.provider.unreadable = {read}
    await bench.ask()
    evidence = {"e164": NUMBER, "why": "timeout"}
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.ProviderUnreadable.reason, evidence)
    assert await _nothing_but_words(bench)


async def test_reading_the_provider_gets_what_is_left_of_ten_seconds_since_it_was_asked(bench: Bench) -> None:
    async def slack_takes_two_seconds(_: str) -> None:
        bench.clock.advance(2)

    bench.people.during_look_up = slack_takes_two_seconds
    await bench.take(bench.an_ask())
    bench.clock.advance(3)
    await bench.run(Ask)
    assert bench.provider.given == [4.0, 4.0]
    assert len(await bench.requests()) == 1


@pytest.mark.parametrize("waited", [9, 60])
async def test_who_waited_too_long_for_a_turn_is_told_at_once(bench: Bench, waited: float) -> None:
    await bench.take(bench.an_ask())
    bench.clock.advance(waited)
    await bench.run(Ask)
    evidence = {"e164": NUMBER, "why": "waited"}
    assert await bench.refusal(Event.REQUEST_REFUSED) == (refusals.ProviderUnreadable.reason, evidence)
    assert not bench.provider.reads
    assert await _nothing_but_words(bench)


@pytest.mark.parametrize(("waited", "given"), [(2, 7.0), (30, None)])
async def test_who_had_a_turn_and_lost_the_time_to_slack_is_not_told_that_vobiz_cannot_be_read(
    bench: Bench, waited: float, given: float | None
) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.ask()
    bench.people.silent = False
    bench.clock.advance(waited)
    await bench.run(Ask)
    assert bench.provider.given == [given, given]
    assert len(await bench.requests()) == 1


async def test_while_slack_cannot_say_who_asks_it_is_tried_again_for_a_minute(bench: Bench) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.ask()
    bench.clock.advance(59)
    with pytest.raises(TryLater):
        await bench.run(Ask)
    assert not await bench.trail()


async def test_after_a_minute_without_knowing_who_asks_it_is_refused(bench: Bench) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.ask()
    bench.clock.advance(60)
    await bench.run(Ask)
    expected = (refusals.PeopleUnreadable.reason, {"why": "internal_error"})
    assert await bench.refusal(Event.REQUEST_REFUSED) == expected
    assert await _nothing_but_words(bench)


async def test_who_asks_is_judged_as_soon_as_slack_can_say(bench: Bench) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater) as later:
        await bench.ask()
    bench.people.silent = False
    bench.clock.advance(later.value.after)
    await bench.run(Ask)
    assert len(await bench.requests()) == 1


async def test_a_refusal_is_told_to_the_caller_alone(bench: Bench) -> None:
    bench.provider.listing = None
    caller = an_address(BOSS, channel="C_OTHER", response_url="https://hooks.slack.com/commands/T1/1/secret")
    await bench.ask(by=caller)
    (words,) = await bench.words()
    assert words.to == caller


async def _nothing_but_words(bench: Bench) -> bool:
    """Is there no request, and no other work than the words to the caller?"""
    return not await bench.requests() and [row.kind for row in await bench.rows()] == [Words.kind]
