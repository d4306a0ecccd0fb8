"""What people do in a soak: ask, decide, withdraw, freeze, say what happened. Some of it is not theirs to do."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random

from bot.domain.request import Status
from bot.sandbox.slack import Done, ImpossibleError, Message, Outcome, SlackStandIn
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NAMESAKE, NUMBERS, TARA, VIKRAM
from tests.harness.office import buttons
from tests.soak.known import Standing, Tally
from tests.soak.market import Market

ASKERS = (ASHA, TARA, MEERA)
APPROVERS = (MEERA, VIKRAM, TARA)  # Tara comes and goes

CURIOUS = NAMESAKE  # only ever looks: a list is no act that leaves an entry

FORM_OPENS_WITHIN = 2.0  # seconds

Act = Callable[[], Coroutine[None, None, None]]


class Crowd:
    """Plans acts; which and whose is drawn when they are planned, so that a seed repeats them."""

    def __init__(self, slack: SlackStandIn, market: Market, random: Random, tally: Tally) -> None:
        self._slack = slack
        self._market = market
        self._random = random
        self._tally = tally
        self._at_a_form = {person: asyncio.Lock() for person in APPROVERS}

    def plan(self, found: list[Standing], *, frozen: bool, may_use_forms: bool) -> list[Act]:
        acts = [self._ask() for _ in range(self._random.randint(3, 12))]
        for one in found:
            acts += self._about(one, may_use_forms=may_use_forms)
        if self._random.random() < (0.5 if frozen else 0.04):
            acts.append(self._type(self._random.choice(APPROVERS), "unfreeze" if frozen else "freeze"))
        if self._random.random() < 0.1:
            acts.append(self._look_at_home(self._random.choice(ASKERS)))
        if self._random.random() < 0.1:
            acts.append(self._type(CURIOUS, "status", is_act=False))
        self._random.shuffle(acts)
        return acts

    async def lifts_the_freeze(self) -> None:
        await self._type(MEERA, "unfreeze")()

    def everything_said(self, found: list[Standing]) -> list[Act]:
        """In the end: what waits for people is looked at, and money that nobody gives back is given up."""
        acts = []
        for one in found:
            if one.is_alerted:
                acts.append(self._click(VIKRAM, one, "write_off"))
            if one.asks_people:
                acts += [self._click(VIKRAM, one, said) for said in ("resolve_bought", "resolve_not_bought")]
        return acts

    def _ask(self) -> Act:
        channel = self._random.choice((NUMBERS, NUMBERS, NUMBERS, FINANCE))
        by = self._random.choice(ASKERS) if channel == NUMBERS else self._random.choice((ASHA, MEERA))
        return self._type(by, f"{self._market.any_number()} for the soak", channel=channel)

    def _about(self, one: Standing, *, may_use_forms: bool) -> list[Act]:
        chance = self._random.random()
        match one.request.status:
            case Status.PENDING if chance < 0.05 and may_use_forms:
                return [self._deny(self._random.choice((MEERA, VIKRAM)), one)]
            case Status.PENDING if chance < 0.1:
                return [self._click(self._random.choice(ASKERS), one, "withdraw")]
            case Status.PENDING if chance < 0.85:
                voters = self._random.choices((*APPROVERS, ASHA), k=self._random.choice((1, 1, 2)))
                return [self._click(by, one, "approve") for by in voters]
            case Status.CHECKING if one.asks_people and chance < 0.3:
                what = self._random.choice(("resolve_bought", "resolve_not_bought", "look_again"))
                return [self._click(self._random.choice(APPROVERS), one, what)]
            case Status.CHECKING | Status.FAILED if one.is_alerted and chance < 0.1:
                return [self._click(self._random.choice(APPROVERS), one, "write_off")]
            case Status.FAILED | Status.EXPIRED | Status.DENIED if chance < 0.02:
                return [self._click(self._random.choice(ASKERS), one, "ask_again")]
            case _:
                return []

    def _type(self, by: str, text: str, *, channel: str = NUMBERS, is_act: bool = True) -> Act:
        async def act() -> None:
            self._tally.acts[text.split()[0] if text.isalpha() else "ask"] += 1
            self._count(by, await self._slack.command(by, channel, text), is_act=is_act)

        return act

    def _click(self, by: str, one: Standing, action: str) -> Act:
        """As the button stood when it was planned: by now the card may show something else."""
        before = self._button(one, action)

        async def act() -> None:
            if before is not None:
                self._tally.acts[action] += 1
                try:
                    outcome = await self._slack.forge_click(by, one.ts, action, value=before)
                except ImpossibleError:  # whoever is not in that channel does not see the card
                    return
                self._count(by, outcome)

        return act

    def _deny(self, by: str, one: Standing) -> Act:
        """One form at a time in front of a person; one that does not open is given up."""
        before = self._button(one, "deny")

        async def act() -> None:
            async with self._at_a_form[by]:
                if before is None or await self._slack.forge_click(by, one.ts, "deny", value=before) != Done():
                    return
                with suppress(TimeoutError):
                    form = await self._slack.wait_for(lambda _: self._slack.modal(by), timeout=FORM_OPENS_WITHIN)
                    assert form is not None
                    self._tally.acts["deny"] += 1
                    self._count(by, await self._slack.submit(by, form.id, {"reason": {"reason": "not this one"}}))

        return act

    def _look_at_home(self, by: str) -> Act:
        async def act() -> None:
            self._tally.acts["home"] += 1
            await self._slack.open_home(by)

        return act

    def _button(self, one: Standing, action: str) -> str | None:
        message: Message | None = self._slack.workspace.messages.find(one.channel, one.ts)
        return None if message is None else buttons(message).get(action)

    def _count(self, by: str, outcome: Outcome, *, is_act: bool = True) -> None:
        self._tally.done[by] += 1
        self._tally.acknowledged[by] += is_act and outcome == Done()
