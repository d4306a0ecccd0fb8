"""Questions and answers that count: what is told, what the card shows, and that nothing else changes.

Those that do not count: `test_every_refusal.py`.
"""

from dataclasses import replace
from datetime import timedelta

from bot.domain.request import Status
from bot.domain.shown import Asked, ShownBasket
from bot.domain.trail import Event
from bot.services.letters import ReplyTo, Rewrite
from bot.services.plans import Purchase
from bot.store.lanes import Lane
from tests.harness.builders import ASKER, BOSS, CHIEF, a_request, some_approvers, some_rules
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench


async def as_asked(bench: Workbench) -> Asked | None:
    """What the card says of questions, as Slack has it last."""
    await bench.run_due(Lane.TELL)
    await bench.run_due(Lane.SHOW)
    shown = bench.messenger.took("rewrite_card")[-1].shown[0]
    return (shown.members[0] if isinstance(shown, ShownBasket) else shown).asked


async def test_a_question_is_told_and_kept_and_neither_state_nor_terms_nor_time_nor_votes_change(
    bench: Workbench,
) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=CHIEF)
    before = await bench.now(request)
    bench.clock.advance(timedelta(seconds=20))
    await bench.freeze()
    await bench.ask_about(request, "For whom?", by=BOSS)
    entry = await bench.last(Event.CHANGES_REQUESTED)
    assert (entry.actor, entry.request) == (BOSS, request.id)
    assert facts_of(entry) == {"question": "For whom?", "list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 20}
    assert await bench.told() == [Event.VOTED, Event.CHANGES_REQUESTED]
    after = await bench.now(request)
    assert after == replace(before, row_version=before.row_version + 1, entry=entry.seq)
    assert await bench.voters(request) == [CHIEF]
    assert await as_asked(bench) == Asked(question="For whom?", by=BOSS)
    await bench.answer(request, "For the support line.")
    entry = await bench.last(Event.ANSWERED)
    assert (entry.actor, entry.request) == (ASKER, request.id)
    assert facts_of(entry) == {"answer": "For the support line.", "question": "For whom?", "asked_by": BOSS}
    assert await as_asked(bench) == Asked(question="For whom?", by=BOSS, answer="For the support line.")
    await bench.freeze(frozen=False)
    bench.clock.advance(timedelta(seconds=1))
    await bench.approve(request, by=BOSS)
    assert facts_of(await bench.last(Event.APPROVED))["voters"] == [CHIEF, BOSS]
    assert len(await bench.rows(Purchase)) == 1
    assert await as_asked(bench) is None


async def test_the_newest_question_stands_on_the_card_with_its_own_answer_alone(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.ask_about(request, "For whom?", by=BOSS)
    first = (await bench.last(Event.CHANGES_REQUESTED)).seq
    await bench.ask_about(request, "Why now?", by=CHIEF)
    await bench.answer(request, "For the support line.", question=first)
    assert facts_of(await bench.last(Event.ANSWERED))["asked_by"] == BOSS
    assert await as_asked(bench) == Asked(question="Why now?", by=CHIEF)
    await bench.answer(request, "They move in.")
    await bench.answer(request, "They move in on Monday.")
    assert await as_asked(bench) == Asked(question="Why now?", by=CHIEF, answer="They move in on Monday.")
    await bench.ask_about(request, "Why now?", by=BOSS)
    assert await as_asked(bench) == Asked(question="Why now?", by=BOSS)


async def test_what_was_asked_before_a_decision_is_not_on_the_card_that_asks_for_the_next(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.ask_about(request)
    await bench.answer(request)
    await bench.approve(request)
    await bench.switch()
    assert (await bench.now(request)).status is Status.PENDING
    assert await as_asked(bench) is None
    await bench.ask_about(request, "Still?")
    assert await as_asked(bench) == Asked(question="Still?", by=BOSS)


async def test_of_a_basket_one_question_and_one_answer_are_told_for_all_of_it(bench: Workbench) -> None:
    made = await bench.a_basket(*("100+1 INR",) * 3)
    await bench.ask_about(made[2], "Why three?")
    entries = [entry for entry in await bench.trail() if entry.event is Event.CHANGES_REQUESTED]
    assert [entry.request for entry in entries] == [request.id for request in made]
    assert len(await bench.rows(ReplyTo)) == len(await bench.rows(Rewrite)) == 1
    assert await as_asked(bench) == Asked(question="Why three?", by=BOSS)
    await bench.answer(made[1], "One a desk.", question=entries[0].seq)
    assert await as_asked(bench) == Asked(question="Why three?", by=BOSS, answer="One a desk.")
    replies = [sent.one.entry for sent in bench.messenger.took("reply")]
    assert [(entry.event, entry.request) for entry in replies] == [
        (Event.CHANGES_REQUESTED, made[0].id),
        (Event.ANSWERED, made[0].id),
    ]


async def test_an_approver_may_ask_about_their_own_where_they_may_approve_it(bench: Workbench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    bench.people.list_of_approvers = some_approvers(BOSS)
    request = await bench.a_request(a_request(requester=BOSS))
    await bench.ask_about(request, by=BOSS)
    await bench.answer(request, by=BOSS)
    assert await bench.told() == [Event.CHANGES_REQUESTED, Event.ANSWERED]
