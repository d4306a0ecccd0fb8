"""The end of a soak: what the bot says against what the stand-ins saw."""

from collections import Counter
from collections.abc import Collection, Iterator

from sqlalchemy import select

from bot.domain.attempt import SALES
from bot.domain.audit import BOT
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.store.tables import reservations
from tests.harness.promise import invariants, money, told
from tests.harness.promise.invariants import complaints, no_act_is_lost
from tests.harness.promise.rest import AtRest
from tests.harness.promise.told import told_alone
from tests.soak.tally import Tally

AT_ANY_TIME = (
    invariants.the_chain_is_whole,
    invariants.the_trail_is_never_behind,
    money.every_attempt_was_called_once_at_most,
    money.the_budget_adds_up,
    money.money_is_held_only_for_what_may_still_cost,
    money.every_attempt_was_approved,
)

IN_THE_END = (
    invariants.nothing_is_left_to_do,
    money.every_sale_is_credited_once,
    told.every_card_is_up_to_date,
    told.every_thread_tells_all_in_order,
)


def compare(rest: AtRest, tally: Tally, *, not_ours: Collection[str]) -> list[str]:
    """`not_ours` are the ledger's rows that no attempt of the bot made."""
    return [
        *complaints(rest, (*AT_ANY_TIME, *IN_THE_END)),
        *no_act_is_lost(rest, tally.acknowledged, tally.done),
        *nothing_is_open(rest),
        *all_money_is_accounted_for(rest, not_ours),
        *everybody_heard(rest, tally),
    ]


def nothing_is_open(rest: AtRest) -> Iterator[str]:
    for request in rest.requests.values():
        if request.is_open:
            yield f"{request.terms.e164} is still {request.status}"
    for row in rest.connection.execute(select(reservations).where(reservations.c.amount != 0)):
        yield f"{rest.requests[row.request].terms.e164} still holds {row.amount}"


def all_money_is_accounted_for(rest: AtRest, not_ours: Collection[str]) -> Iterator[str]:
    """By currency: what the ledger debits and has not given back was charged, or else it was given up.

    Of rows that name nobody people cannot know which brought a number: they may have given up more than was lost.
    """
    written_off = frozenset[str]().union(*(attempt.written_off for attempt in rest.attempts))
    debited, charged, given_up = Counter[str](), Counter[str](), Counter[str]()
    for row in rest.vobiz.ledger:
        micros = int(row.amount * 10**6) * (1 if row.kind == "debit" else -1)
        debited[row.currency] += 0 if row.id in not_ours else micros
        given_up[row.currency] += micros if row.id in written_off else 0
    for attempt in rest.attempts:
        if attempt.ending in SALES:
            paid = attempt.charged or rest.requests[attempt.request].terms.charge
            charged[paid.currency] += paid.micros
    for currency in debited.keys() | charged.keys():
        lost = debited[currency] - charged[currency]
        if not 0 <= lost <= given_up[currency]:
            yield f"{currency}: {lost} debited beyond what was charged, {given_up[currency]} given up (millionths)"


def everybody_heard(rest: AtRest, tally: Tally) -> Iterator[str]:
    refused = Counter(
        entry.actor
        for entry in rest.trail
        if entry.event in (Event.REQUEST_REFUSED, Event.DECISION_REFUSED) and entry.actor != BOT
    )
    for person, times in refused.items():
        heard = tally.heard[person] + len(told_alone(rest.slack, person))
        if heard < times:
            yield f"{person} was refused {times} times and heard of {heard}"


def by_status(rest: AtRest) -> Counter[Status]:
    return Counter(request.status for request in rest.requests.values())
