"""What goes wrong in a soak: at the provider, in Slack, and on the way there."""

from datetime import datetime, timedelta
from random import Random

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import Mood, ReadMood, Script, Sells, VobizStandIn
from tests.harness import moods
from tests.soak.known import Tally
from tests.soak.market import Market

LATE_AT_MOST = timedelta(minutes=45)
"""A provider that acts more than an hour after a call is beyond what the bot promises."""

MOODS = (*moods.SOLD, *moods.SOLD_LATE, *moods.NOT_SOLD, *moods.NOT_SOLD, *moods.NEVER_ANSWERED, *moods.REFUSED)

ROUTES = (*moods.READ_ROUTES, None)

METHODS = ("chat.postMessage", "chat.update", "chat.postEphemeral", "users.info", "usergroups.users.list", "*")


class Weather:
    """Changes between two rounds. `clears` ends all of it."""

    def __init__(self, slack: SlackStandIn, vobiz: VobizStandIn, market: Market, random: Random, tally: Tally) -> None:
        self._slack = slack
        self._vobiz = vobiz
        self._market = market
        self._random = random
        self._tally = tally
        self._late_since: datetime | None = None

    def changes(self) -> None:
        """Some of what was bad may get better, something else may go wrong."""
        if self._random.random() < 0.5:
            self._gets_better()
        if self._random.random() < 0.6:
            self._vobiz.next_purchase(*self._some_moods())
        for what, chance, gets_worse in (
            ("failing reads", 0.15, self._reads_fail),
            ("broken reads", 0.04, self._reads_stay_broken),
            ("failing Slack", 0.2, self._slack_fails),
            ("Slack away", 0.04, self._slack_goes_away),
            ("lagging lists", 0.05, self._vobiz.hold_lists),
            ("low balance", 0.05, self._market.is_low_on_money),
            ("rows without names", 0.1, self._rows_lose_their_names),
        ):
            if self._random.random() < chance:
                self._tally.faults[what] += 1
                gets_worse()
        for _ in range(self._random.choice((0, 0, 1, 2))):
            self._market.moves_a_price()

    @property
    def is_slack_well(self) -> bool:
        faults = self._slack.workspace.faults
        return not faults.is_away and not faults._orders

    @property
    def is_lasting(self) -> bool:
        """Something is broken until it gets better by itself."""
        reads = self._vobiz._reads.orders
        return self._slack.workspace.faults.is_away or any(order.times is None for order in reads)

    async def before(self, moment: datetime) -> None:
        """Time goes on to then: sales that wait happen before they would be too late."""
        if moment - self._vobiz.world.clock() >= LATE_AT_MOST:
            queue = self._vobiz._purchases.queue
            late = [script for script in queue if script.sells is Sells.AFTER_THE_ANSWER]
            for script in late:
                queue.remove(script)
        if not self._vobiz._purchases._later:
            self._late_since = None
            return
        self._late_since = self._late_since or self._vobiz.world.clock()
        if moment - self._late_since >= LATE_AT_MOST or self._random.random() < 0.2:
            await self._release()

    async def clears(self) -> None:
        self._gets_better()
        self._vobiz._purchases.queue.clear()
        self._vobiz.world.ledger_names_numbers = True
        await self._release()

    def leaves_slack_alone(self) -> None:
        self._slack.come_back()
        self._slack.workspace.faults.clear()

    async def _release(self) -> None:
        self._tally.faults["late sales"] += len(self._vobiz._purchases._later)
        self._late_since = None
        await self._vobiz.release()

    def _gets_better(self) -> None:
        self._vobiz.reads_recover()
        self._vobiz.release_lists()
        self._market.has_money()
        self.leaves_slack_alone()

    def _some_moods(self) -> list[Mood | Script]:
        random = self._random
        some = [random.choice(MOODS) if random.random() < 0.5 else Mood.NORMAL for _ in range(random.randint(1, 6))]
        self._tally.faults["purchase moods"] += sum(mood is not Mood.NORMAL for mood in some)
        return some

    def _reads_fail(self) -> None:
        mood = self._random.choice((ReadMood.GARBAGE, ReadMood.EMPTY, ReadMood.DROPPED, ReadMood.UNAVAILABLE_503))
        self._vobiz.next_read(mood, times=self._random.randint(1, 5), route=self._random.choice(ROUTES))

    def _reads_stay_broken(self) -> None:
        self._vobiz.every_read(ReadMood.GARBAGE, route=self._random.choice(ROUTES))

    def _slack_fails(self) -> None:
        method, how = self._random.choice(METHODS), self._random.choice(moods.SLACK_FAILS)
        times, retry_after = self._random.randint(1, 4), self._random.randint(1, 40)
        moods.slack_fails(self._slack.workspace.faults, method, how, times=times, retry_after=retry_after)

    def _slack_goes_away(self) -> None:
        self._slack.workspace.faults.is_away = True

    def _rows_lose_their_names(self) -> None:
        """The provider does not promise that a row of the ledger says which number it was for."""
        self._vobiz.world.ledger_names_numbers = not self._vobiz.world.ledger_names_numbers
