"""The lanes: which service does which work, how much of it at once, and for how long a worker has it to itself."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.domain.basket import MOST
from bot.domain.rules import Rules
from bot.services import acts, letters, plans
from bot.services.buy.alternatives import Alternatives
from bot.services.buy.purchase import Purchases
from bot.services.judge.deadlines import Deadlines
from bot.services.judge.decide import Decisions
from bot.services.judge.freeze import KillSwitch
from bot.services.judge.month_report import Reports
from bot.services.judge.questions import Questions
from bot.services.judge.resolve import Resolutions
from bot.services.judge.status import StatusLists
from bot.services.judge.submit import Submit
from bot.services.judge.turn_away import DoorKeeper
from bot.services.judge.why import Whys
from bot.services.parking import Unparking
from bot.services.people import PeopleData
from bot.services.ports import Messenger, People, Provider
from bot.services.reconcile.beginning import Beginnings
from bot.services.reconcile.checking import Checking
from bot.services.reconcile.look import Looking
from bot.services.reconcile.sweep import Sweeps
from bot.services.tell.cards import Cards
from bot.services.tell.deliver import Outbox
from bot.services.tidy import Tidying
from bot.services.unit import Units
from bot.store.lanes import Lane
from bot.watch import Watch
from bot.work.duty import Duty, duty
from bot.work.queue import Claim
from bot.work.worker import Pace

A = TypeVar("A", bound=acts.Act)

LEASE = timedelta(seconds=30)


def duties(
    units: Units, provider: Provider, people: People, messenger: Messenger, watch: Watch | None = None
) -> list[Duty]:
    """Which service does which work. What waits for the provider or for Slack holds up no decision and no freeze.

    What was turned away, and words to one person, come in any number: they hold up no decision, card and reply.
    """
    known = PeopleData(people=people, clock=units.clock)
    looking = Looking(store=units.store, provider=provider)
    submit = Submit(units=units, provider=provider, people=known)
    questions = Questions(units=units, people=known)
    deadlines = Deadlines(units=units)
    cards = Cards(units=units, messenger=messenger)
    outbox = Outbox(units=units, messenger=messenger, cards=cards)
    return [
        duty(acts.Ask, _of_one(known, submit.judge), waits=True),
        duty(acts.AskAgain, _of_one(known, submit.judge_again), waits=True),
        duty(acts.Decide, _of_one(known, Decisions(units=units, people=known, watch=watch or Watch()).judge)),
        duty(acts.RequestChanges, _of_one(known, questions.judge)),
        duty(acts.Answer, _of_one(known, questions.judge_answer)),
        duty(acts.AskForStatus, _of_one(known, StatusLists(units=units, people=known).judge)),
        duty(acts.AskWhy, _of_one(known, Whys(units=units, people=known).judge)),
        duty(acts.AskForReport, _of_one(known, Reports(units=units, people=known).judge)),
        duty(acts.Resolve, _of_one(known, Resolutions(units=units, looking=looking, people=known).judge), waits=True),
        duty(acts.Freeze, _of_one(known, KillSwitch(units=units, people=known).judge)),
        duty(acts.Unpark, _of_one(known, Unparking(units=units, people=known).judge)),
        duty(acts.TurnedAway, DoorKeeper(units=units).judge, waits=True),
        duty(plans.Expire, deadlines.expire),
        duty(plans.Remind, deadlines.remind),
        duty(plans.Lapse, deadlines.lapse),
        duty(plans.Nudge, deadlines.nudge),
        duty(plans.OfferSimilar, Alternatives(units=units, provider=provider).offer, waits=True),
        duty(plans.DueTidy, Tidying(units=units).run),
        duty(plans.Beginning, Beginnings(units=units, provider=provider).begin),
        duty(plans.Purchase, Purchases(units=units, provider=provider, people=people).buy),
        duty(plans.NextLook, Checking(units=units, looking=looking).look),
        duty(plans.DueSweep, Sweeps(units=units, provider=provider).run),
        duty(letters.CardLetter, cards.card),
        duty(letters.Rewrite, cards.rewrite),
        duty(letters.ReplyTo, outbox.reply),
        duty(letters.Words, outbox.words, waits=True),
        duty(letters.StatusList, outbox.status_list),
        duty(letters.NumberTold, outbox.number_told, waits=True),
        duty(letters.ReportTold, outbox.report, waits=True),
        duty(letters.NoHome, outbox.no_home),
        duty(letters.Announcement, outbox.announce),
    ]


def _of_one(known: PeopleData, judge: Callable[[Claim, A], Awaitable[None]]) -> Callable[[Claim, A], Awaitable[None]]:
    """Whoever acts goes by one id, before anything is judged or kept by it."""

    async def identify_and_judge(held: Claim, act: A) -> None:
        await judge(held, await known.identified(act))

    return identify_and_judge


def paces(rules: Rules) -> dict[Lane, Pace]:
    """All of a basket are bought at once."""
    return {
        Lane.JUDGE: Pace(at_once=24, lease=LEASE, slow_at_once=16),
        Lane.BUY: Pace(at_once=MOST, lease=max(LEASE, rules.purchase_lease)),
        Lane.TELL: Pace(at_once=8, lease=LEASE, slow_at_once=4),
        Lane.SHOW: Pace(at_once=4, lease=LEASE),
    }
