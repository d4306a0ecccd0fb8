"""What Slack, the provider and time do on the stage: faults, changes, what others do there, and sudden deaths."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.sandbox.slack.example import MANAGERS, MEERA, TARA, VIKRAM
from bot.sandbox.slack.posting import delete
from bot.sandbox.vobiz import Mood, Script
from bot.sandbox.vobiz.state import Fee
from tests.machine.stage import POOR, RICH, Stage

PRICES: Mapping[str, tuple[Fee, Fee]] = {"one vote": (100, 1), "two votes": ("249.50", "499.00"), "no vote": (5, 1.5)}
"""What a number's price can become, by what it needs then."""

SUDDENLY = ("dies", "dies, losing commits", "stalls", "sleeps", "Slack goes away")
PARTING = ("set back", "put right", "asleep")

Change = Callable[["Outside", str], None]


class Outside:
    """What is impossible at the moment changes nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    # Slack

    def approver_leaves_or_joins(self, who: int) -> None:
        people = self._stage.slack.workspace.people
        person = (MEERA, VIKRAM, TARA)[who]
        users = people.group(MANAGERS).users
        others = tuple(user for user in users if user != person)
        people.set_group_members(MANAGERS, *(others if person in users else (*users, person)))
        self._stage.crowd.note_able()

    def approver_becomes_guest_or_member(self, who: int) -> None:
        people = self._stage.slack.workspace.people
        user = people.get((MEERA, VIKRAM, TARA)[who])
        people.add(replace(user, is_restricted=not user.is_restricted))
        self._stage.crowd.note_able()

    def a_card_is_deleted(self, card: int) -> None:
        standing = self._stage.crowd.cards()
        if standing:
            message = standing[card % len(standing)]
            delete(self._stage.slack.workspace, message)
            self._stage.crowd.lost.append(message)

    # The provider

    def next_purchase(self, mood: Mood | Script) -> None:
        self._stage.vobiz.next_purchases_are_normal()
        self._stage.vobiz.next_purchase(mood)

    def changes(self, what: str, number: int) -> None:
        CHANGES[what](self, list(self._stage.vobiz.world.numbers)[number])

    def meanwhile(self, moment: str, what: str) -> None:
        """While the next read of a kind, or the next purchase call, is on its way; to the number that it is about."""
        self._stage.witness.moments[moment] = lambda e164: CHANGES[what](self, e164)

    def price_of_newest(self, price: str) -> None:
        """Of the number that was asked for last."""
        newest = self._stage.records.one("SELECT e164 FROM requests ORDER BY entry DESC LIMIT 1")
        if newest is not None:
            self.price(newest["e164"], price)

    def price(self, e164: str, price: str) -> None:
        if self._is_idle(e164):
            setup, monthly = PRICES[price]
            self._stage.vobiz.change_terms(e164, setup_fee=setup, monthly_fee=monthly)

    def taken(self, e164: str) -> None:
        if self._is_idle(e164):
            self._stage.vobiz.somebody_else_takes(e164)

    def bought_in_our_console(self, e164: str) -> None:
        world = self._stage.vobiz.world
        if self._is_idle(e164) and world.funds["MA_STANDIN", "INR"].available > world.numbers[e164].charge:
            self._stage.witness.console_buys(e164)

    def balance(self, rupees: int) -> None:
        self._stage.vobiz.set_balance("INR", rupees)

    def lists_lag(self) -> None:
        """Until the provider catches up, within the hour."""
        if self._stage.lists_held_since is None:
            self._stage.vobiz.hold_lists()
            self._stage.lists_held_since = self._stage.clock.true

    def refund(self, e164: str) -> None:
        """Of the newest charge for it, while it is not ours, or else for another such number."""
        vobiz, refunded = self._stage.vobiz, self._stage.refunded
        owed = [row for row in vobiz.ledger if row.kind == "debit" and row.id not in refunded]
        owed = [row for row in owed if vobiz.world.numbers[row.e164].owner != vobiz.master.auth_id]
        owed.sort(key=lambda row: row.e164 == e164)
        if owed:
            vobiz.refund(owed[-1])
            refunded.add(owed[-1].id)

    # Time, and what is sudden

    async def clocks_part(self, what: str, seconds: float) -> None:
        """The wall clock is set back, or put right, or the machine sleeps.

        A clock that jumps forward makes everything look older than it is: the provider is done with it by then.
        """
        clock = self._stage.clock
        if what == "set back":
            await self._stage.jump(lambda: clock.set_back(seconds))
            return
        await self._stage.catch_up()
        await self._stage.jump(clock.put_right if what == "put right" else lambda: clock.sleep(seconds))

    def soon(self, turns: int, what: str, seconds: float) -> None:
        """Wherever the bot is then. After its death it starts again so many seconds later."""
        clock = self._stage.clock
        suddenly: dict[str, Callable[[], None]] = {
            "dies": lambda: self._stage.die(loses_commits=False, down_for=seconds),
            "dies, losing commits": lambda: self._stage.die(loses_commits=True, down_for=seconds),
            "stalls": lambda: self._stop(clock.advance, seconds),
            "sleeps": lambda: self._stop(clock.sleep, seconds),
            "Slack goes away": partial(setattr, self._stage.slack.workspace.faults, "is_away", True),
        }
        self._stage.turns.plan(turns, suddenly[what])

    def _stop(self, move: Callable[[float], None], seconds: float) -> None:
        """Not while a prompt provider still has something to do: it would be done before."""
        if not (self._stage.vobiz.waiting and self._stage.world.is_prompt):
            move(seconds)
            self._stage.wake()

    def _is_idle(self, e164: str) -> bool:
        """On sale, and no call about it is on its way."""
        vobiz = self._stage.vobiz
        return bool(vobiz.world.for_sale(e164)) and e164 not in {late.e164 for late in vobiz.waiting}


CHANGES: Mapping[str, Change] = {
    "price: one vote": lambda outside, e164: outside.price(e164, "one vote"),
    "price: two votes": lambda outside, e164: outside.price(e164, "two votes"),
    "price: no vote": lambda outside, e164: outside.price(e164, "no vote"),
    "taken": Outside.taken,
    "bought in our console": Outside.bought_in_our_console,
    "too little money": lambda outside, _: outside.balance(POOR),
    "money again": lambda outside, _: outside.balance(RICH),
    "lists lag": lambda outside, _: outside.lists_lag(),
    "refund": Outside.refund,
    "an approver leaves": lambda outside, _: outside.approver_leaves_or_joins(0),
}
"""By name, of a number."""
