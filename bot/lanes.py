"""The lanes: which service does which work, how much of it at once, and for how long a worker has it to itself."""

from datetime import timedelta

from bot.clock import Clock
from bot.services.buy.alternatives import Offering
from bot.services.buy.purchase import Purchases
from bot.services.judge.deadlines import Deadlines
from bot.services.judge.decide import Decisions
from bot.services.judge.freeze import KillSwitch
from bot.services.judge.resolve import Resolutions
from bot.services.judge.status import Status
from bot.services.judge.submit import Submit
from bot.services.ports import Messenger, People, Provider
from bot.services.reconcile.checking import Reconcile
from bot.services.reconcile.look import Looking
from bot.services.reconcile.sweep import Sweep
from bot.services.rules import Rules
from bot.services.tell.deliver import Outbox
from bot.services.tidy import Tidy
from bot.store.store import Store
from bot.work.queue import Kind, Lane
from bot.work.worker import Judge, Pace

READING = frozenset({Kind.SUBMIT, Kind.ASK_AGAIN, Kind.RESOLVE})
"""What people do that is judged by what the provider says. When it hangs, decisions and a freeze go on all the same."""

LEASE = timedelta(seconds=30)


def judges(
    store: Store, provider: Provider, people: People, messenger: Messenger, clock: Clock, rules: Rules
) -> dict[Kind, Judge]:
    """Which service does which work."""
    deadlines = Deadlines(store=store, clock=clock, times=rules.times)
    submit = Submit(store=store, provider=provider, people=people, clock=clock, rules=rules)
    looking = Looking(store=store, provider=provider)
    offering = Offering(store=store, provider=provider, clock=clock, rules=rules)
    purchases = Purchases(store=store, provider=provider, people=people, offering=offering, clock=clock, rules=rules)
    outbox = Outbox(store=store, messenger=messenger, clock=clock, rules=rules)
    return {
        Kind.SUBMIT: submit.judge,
        Kind.ASK_AGAIN: submit.judge_again,
        Kind.DECIDE: Decisions(store=store, people=people, clock=clock, rules=rules).judge,
        Kind.STATUS: Status(store=store, people=people, clock=clock).judge,
        Kind.EXPIRE: deadlines.expire,
        Kind.REMIND: deadlines.remind,
        Kind.LAPSE: deadlines.lapse,
        Kind.RESOLVE: Resolutions(store=store, looking=looking, people=people, clock=clock, limits=rules.limits).judge,
        Kind.FREEZE: KillSwitch(store=store, people=people, clock=clock, rules=rules).judge,
        Kind.NUDGE: deadlines.nudge,
        Kind.TIDY: Tidy(store=store, clock=clock).run,
        Kind.PURCHASE: purchases.buy,
        Kind.LOOK: Reconcile(store=store, looking=looking, clock=clock, limits=rules.limits).look,
        Kind.SWEEP: Sweep(store=store, provider=provider, clock=clock, limits=rules.limits).run,
        Kind.CARD: outbox.card,
        Kind.REPLY: outbox.reply,
        Kind.WORDS: outbox.words,
        Kind.LISTING: outbox.listing,
        Kind.NO_HOME: outbox.no_home,
        Kind.ANNOUNCE: outbox.announce,
    }


def paces(rules: Rules) -> dict[Lane, Pace]:
    return {
        Lane.JUDGE: Pace(at_once=24, lease=LEASE, slow=READING, slow_at_once=16),
        Lane.BUY: Pace(at_once=4, lease=max(LEASE, rules.purchase_lease)),
        Lane.TELL: Pace(at_once=8, lease=LEASE),
    }
