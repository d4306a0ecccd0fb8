"""The rule machine: Hypothesis draws what happens, the stage makes it happen, the invariants say what may not be so.

A draw never depends on what the bot did before, so the same choices mean the same rules however the threads ran.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.sandbox.vobiz import Mood, ReadMood, Script
from tests.harness.moods import HELD_BACK, NOT_SOLD, READ_ROUTES, REFUSED, SLACK_FAILS, SOLD, SOLD_LATE, slack_fails
from tests.machine import at_rest, invariants
from tests.machine.doings import Doings
from tests.machine.limits import World
from tests.machine.outside import CHANGES, PARTING, PRICES, SUDDENLY, Outside
from tests.machine.processes import Turns
from tests.machine.stage import NUMBERS_ON_SALE, RICH, Stage

WHO, CARD = st.integers(0, 3), st.integers(0, 5)
APPROVER = st.sampled_from([2, 3, 2, 3, 1])
NUMBER = st.integers(0, len(NUMBERS_ON_SALE) - 1)
LATE = (*SOLD_LATE, *HELD_BACK)
MOOD = st.one_of(*(st.sampled_from(moods) for moods in ((Mood.NORMAL, *SOLD), NOT_SOLD, NOT_SOLD, LATE, LATE, REFUSED)))
SUDDEN = st.tuples(st.integers(1, 250), st.sampled_from(["dies", *SUDDENLY]), st.sampled_from([0, 0, 3, 40, 70, 400]))
MEANWHILE = st.tuples(
    st.sampled_from(["own_numbers", "inventory", "balance", "balance", "purchase"]), st.sampled_from(sorted(CHANGES))
)


class Machine(RuleBasedStateMachine):
    """One example: a stage of its own from its opening until it has come to rest."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        turns = Turns()
        self._runner = asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns))
        self.stage = Stage(Path(self._folder.name), turns, self.world)
        self.people = Doings(self.stage)
        self.outside = Outside(self.stage)
        self._said: list[str] = []
        self._is_broken = False

    @initialize()
    def opens(self) -> None:
        self._run("opens", self.stage.open())

    def teardown(self) -> None:
        try:
            if not self._is_broken:
                self.comes_to_rest()
        finally:
            self._runner.run(self.stage.close())
            self._runner.close()
            self._folder.cleanup()

    # People

    @rule(who=WHO, number=NUMBER)
    def asks(self, who: int, number: int) -> None:
        self._run(f"{who} asks for {number}", self.people.ask(who, number))

    @rule(who=APPROVER, card=CARD)
    def approves(self, who: int, card: int) -> None:
        self._run(f"{who} approves {card}", self.people.press(who, "approve", card))

    @rule(who=st.integers(0, 2), number=NUMBER, mood=MOOD)
    def is_bought(self, who: int, number: int, mood: Mood | Script) -> None:
        """Asked for and approved by whoever may, so that much of a short life is about money."""
        self._is_asked_for(who, number, mood)
        self._run("whoever may approves", self.people.all_approve())

    @rule(number=NUMBER, mood=MOOD, sudden=SUDDEN)
    def is_bought_when_something_sudden_happens(
        self, number: int, mood: Mood | Script, sudden: tuple[int, str, int]
    ) -> None:
        self._is_asked_for(0, number, mood)
        self.outside.soon(*sudden)
        self._run(f"whoever may approves, soon {sudden}", self.people.all_approve())

    @rule(number=NUMBER, mood=MOOD, meanwhile=MEANWHILE)
    def is_bought_while_something_changes(self, number: int, mood: Mood | Script, meanwhile: tuple[str, str]) -> None:
        self._is_asked_for(1, number, mood)
        self.outside.meanwhile(*meanwhile)
        self._run(f"whoever may approves, meanwhile {meanwhile}", self.people.all_approve())

    @rule(number=NUMBER, price=st.sampled_from(sorted(PRICES)), who=APPROVER)
    def an_old_price_is_approved(self, number: int, price: str, who: int) -> None:
        """The price changed after both had approved; somebody still has the old card in front of them."""
        self._is_asked_for(0, number, Mood.NORMAL)
        self.outside.price_of_newest(price)
        self._run(f"whoever may approves, {price} since", self.people.all_approve())
        self._run(f"{who} approves the old price", self.people.press_outdated(who))

    @rule(
        who=WHO,
        action=st.sampled_from(["deny", "withdraw", "ask_", "ask_again", "approve"]),
        card=CARD,
        stale=st.sampled_from([-1, -1, 0, 1, 3, 7]),
    )
    def presses(self, who: int, action: str, card: int, stale: int) -> None:
        """Where it stands, or what stood there once."""
        self._run(f"{who} presses {action} on {card} ({stale})", self.people.press(who, action, card, stale=stale))

    @rule(
        who=st.sampled_from([2, 3, 2, 3, 0]),
        action=st.sampled_from(["look_again", "write_off", "resolve_not_bought", "resolve_bought"]),
        card=st.integers(0, 2),
    )
    def says_what_became_of_it(self, who: int, action: str, card: int) -> None:
        self._run(f"{who} says {action} on {card}", self.people.press(who, action, card))

    @rule(card=CARD, one=APPROVER, other=WHO, action=st.sampled_from(["approve", "withdraw", "deny"]))
    def two_press_at_once(self, card: int, one: int, other: int, action: str) -> None:
        both = self.people.at_once(self.people.press(one, "approve", card), self.people.press(other, action, card))
        self._run(f"{one} approves {card}, {other} presses {action} at once", both)

    @rule(one=WHO, other=WHO, number=NUMBER)
    def two_ask_at_once(self, one: int, other: int, number: int) -> None:
        both = self.people.at_once(self.people.ask_for_free(one, number), self.people.ask_for_free(other, number))
        self._run(f"{one} and {other} ask for {number} at once", both)

    @rule(who=APPROVER, word=st.sampled_from(["freeze", "unfreeze", "unfreeze", "unfreeze", "status"]))
    def types(self, who: int, word: str) -> None:
        self._run(f"{who} types {word}", self.people.type(who, word))

    # Slack

    @rule(who=st.integers(0, 2))
    def an_approver_leaves_or_joins(self, who: int) -> None:
        self.outside.approver_leaves_or_joins(who)
        self._run(f"approver {who} leaves or joins")

    @rule(who=st.integers(0, 2))
    def an_approver_becomes_a_guest_or_a_member(self, who: int) -> None:
        self.outside.approver_becomes_guest_or_member(who)
        self._run(f"approver {who} becomes a guest or a member")

    @rule(
        method=st.sampled_from(["chat.postMessage", "chat.postMessage", "chat.update", "users.info", "response_url"]),
        how=st.sampled_from(SLACK_FAILS),
    )
    def slack_fails_once(self, method: str, how: str) -> None:
        slack_fails(self.stage.slack.workspace.faults, method, how)
        self._run(f"the next {method} is {how}")

    @rule(is_away=st.booleans())
    def slack_is_away(self, is_away: bool) -> None:
        if not is_away:
            self.stage.slack.come_back()
        self._run(f"Slack is away: {is_away}", self.stage.slack.go_away() if is_away else None)

    @rule(what=st.sampled_from(["twice", "replay", "deleted"]), card=CARD)
    def slack_repeats_or_loses(self, what: str, card: int) -> None:
        """Clicks are delivered twice from now on, or not; the last one again; or somebody deletes a card."""
        if what == "twice":
            self.stage.slack.http.is_twice = not self.stage.slack.http.is_twice
        elif what == "deleted":
            self.outside.a_card_is_deleted(card)
        self._run(f"Slack: {what}, {card}", self.people.replay() if what == "replay" else None)

    # The provider

    @rule(what=st.sampled_from(sorted(CHANGES)), number=NUMBER)
    def changes(self, what: str, number: int) -> None:
        self.outside.changes(what, number)
        self._run(f"{number}: {what}")

    @rule()
    def the_provider_catches_up(self) -> None:
        self._run("the provider catches up", self.stage.catch_up())

    @rule(route=st.sampled_from(READ_ROUTES), times=st.integers(1, 3))
    def reads_fail(self, route: str, times: int) -> None:
        self.stage.vobiz.next_read(ReadMood.GARBAGE, times=times, route=route)
        self._run(f"{times} reads of {route} fail")

    # Time, and what is sudden

    @rule(seconds=st.sampled_from([2, 7, 25, 70, 400, 1000, 2500, 4000]), stops=st.sampled_from([True, True, False]))
    def time_passes(self, seconds: int, stops: bool) -> None:
        self._run(f"{seconds} s pass, stops: {stops}", self.stage.pass_time(seconds, stops=stops))

    @rule(what=st.sampled_from(PARTING), seconds=st.sampled_from([10, 90, 240, 3600]))
    def clocks_part(self, what: str, seconds: int) -> None:
        self._run(f"the wall clock is {what}, {seconds} s", self.outside.clocks_part(what, seconds))

    @rule(sudden=SUDDEN)
    def something_sudden_happens_soon(self, sudden: tuple[int, str, int]) -> None:
        self.outside.soon(*sudden)
        self._run(f"soon {sudden}")

    @rule()
    def comes_to_rest(self) -> None:
        self._run("comes to rest", at_rest.come_to_rest(self.stage))
        self._check(at_rest.broken(self.stage))

    def _is_asked_for(self, who: int, number: int, mood: Mood | Script) -> None:
        """Slack and money are there again: otherwise nothing would be bought for the rest of this life."""
        self.stage.slack.come_back()
        self.outside.balance(RICH)
        self._run(f"{who} asks for free {number}", self.people.ask_for_free(who, number))
        self.outside.next_purchase(mood)
        self._said.append(f"the next purchase: {mood}")

    def _run(self, said: str, doing: Coroutine[None, None, None] | None = None) -> None:
        """Does it, lets the bot come to rest, and looks at everything."""
        self._said.append(said)
        self._is_broken = True
        self._runner.run(self._do(doing))
        self._check(invariants.broken(self.stage))

    async def _do(self, doing: Coroutine[None, None, None] | None) -> None:
        self.stage.crowd.begin_step()
        if doing is not None:
            await doing
        await self.stage.rest()
        self.stage.crowd.notice()

    def _check(self, sentences: Sequence[str]) -> None:
        self._is_broken = bool(sentences)
        if sentences:
            raise AssertionError("\n".join([*dict.fromkeys(sentences), "", "after:", *self._said]))
