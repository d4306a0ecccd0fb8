"""What visitors of the demo may arrange: what Vobiz does with the next purchase, and twenty seconds without Slack.

No part of Slack or of the provider: it orders from both stand-ins what tests order from them. Only the next purchase
is met; from then on Vobiz sells again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

import phonenumbers

from bot.sandbox.slack import ImpossibleError, SlackStandIn
from bot.sandbox.slack.changes import Arranged
from bot.sandbox.slack.shapes import JsonObject, text_of
from bot.sandbox.vobiz import Mood, PurchaseCall, ReadCall, VobizStandIn

AWAY_SECONDS: Final = 20
LATE_SECONDS: Final = 60
DEARER_BY: Final = 1
"""In the number's own currency, a month."""


class Next(StrEnum):
    """What Vobiz does with the next purchase."""

    SELLS = "sells"
    ANSWER_LOST = "answer_lost"
    SELLS_LATE = "sells_late"
    REFUSES = "refuses"
    SOLD_MEANWHILE = "sold_meanwhile"
    PRICE_MOVED = "price_moved"
    BALANCE_LOW = "balance_low"
    CHARGED_ONLY = "charged_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """`expect` says what one will see, `happened` what Vobiz did, as the rest of a sentence."""

    label: str
    expect: str
    happened: str = ""
    mood: Mood = Mood.NORMAL


_CHOICES: Final[Mapping[Next, _Choice]] = {
    Next.SELLS: _Choice(label="Sells", expect="As it should be."),
    Next.ANSWER_LOST: _Choice(
        label="Answer lost",
        expect="It is sold, and the bot hears nothing. It never buys again: it looks, and knows within seconds.",
        happened="was sold, and the answer was lost",
        mood=Mood.SOLD_ANSWER_LOST,
    ),
    Next.SELLS_LATE: _Choice(
        label="Sells a minute late",
        expect=f"The answer is lost, and it is sold {LATE_SECONDS} s later. The bot knows some 80 s after approval.",
        happened=f"was not sold yet, and the answer was lost: the sale comes in {LATE_SECONDS} s",
        mood=Mood.COMMITS_LATE,
    ),
    Next.REFUSES: _Choice(
        label="Refuses",
        expect="Nothing is bought, and the thread says why.",
        happened="was refused",
        mood=Mood.REFUSED_403,
    ),
    Next.SOLD_MEANWHILE: _Choice(
        label="Sold meanwhile",
        expect="Somebody else gets it first. Nothing is bought, and numbers like it are offered.",
        happened="went to somebody else right before",
    ),
    Next.PRICE_MOVED: _Choice(
        label="Price moved",
        expect=f"It costs {DEARER_BY} more a month than what was approved: nothing is bought before that is approved.",
        happened=f"costs {DEARER_BY} more a month now",
    ),
    Next.BALANCE_LOW: _Choice(
        label="Balance low",
        expect="Nothing is bought, and the card asks again.",
        happened="was refused: the balance was too low",
        mood=Mood.BALANCE_402,
    ),
    Next.CHARGED_ONLY: _Choice(
        label="Charged without a number",
        expect="The bot sees the charge, and tells approvers what support at Vobiz needs.",
        happened="was charged and not handed over, and the answer was lost",
        mood=Mood.DEBIT_ONLY,
    ),
}


class Backstage:
    """Arranges for both stand-ins, from when it is made until `stop`. `sleep` is how it waits, in seconds."""

    def __init__(
        self, slack: SlackStandIn, vobiz: VobizStandIn, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._slack = slack
        self._vobiz = vobiz
        self._sleep = sleep
        self._next = Next.SELLS
        self._happened = ""
        self._later: set[asyncio.Task[None]] = set()
        vobiz.listen(calls=self._meet_purchase, reads=self._meet_read)
        slack.backstage = self

    def shown(self) -> JsonObject:
        """What the page's control shows now."""
        return {
            "choices": [
                {"value": value, "label": choice.label, "expect": choice.expect} for value, choice in _CHOICES.items()
            ],
            "next": self._next,
            "happened": self._happened,
            "away_seconds": AWAY_SECONDS,
            "is_away": self._slack.workspace.faults.is_away,
        }

    async def arrange(self, wish: JsonObject) -> None:
        """`{"vobiz": …}` is one of `Next`, `{"slack": "away"}` sends Slack away. Raises `ImpossibleError`."""
        if text_of(wish, "slack") == "away":
            await self._send_slack_away()
        elif text_of(wish, "vobiz") in set(Next):
            self._next, self._happened = Next(text_of(wish, "vobiz")), ""
        else:
            raise ImpossibleError("there is nothing like that to arrange")
        self._tell()

    async def stop(self) -> None:
        """Ends what waits; it does not happen any more."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    def _meet_purchase(self, call: PurchaseCall) -> None:
        choice = self._next
        number = self._vobiz.world.for_sale(call.e164 or "")
        if number is None or choice in (Next.SELLS, Next.PRICE_MOVED):
            return
        if choice is Next.SOLD_MEANWHILE:
            self._vobiz.somebody_else_takes(number.e164)
        if choice is Next.SELLS_LATE:
            self._do_later(LATE_SECONDS, self._vobiz.release)
        self._vobiz.next_purchase(_CHOICES[choice].mood)
        self._has_met(number.e164)

    def _meet_read(self, call: ReadCall) -> None:
        """The price moves when the bot reads a number again whose card stands, as it does right before it buys."""
        number = self._vobiz.world.for_sale(f"+{call.query.get('search', '')}")
        if self._next is not Next.PRICE_MOVED or number is None or not self._is_on_a_card(number.e164):
            return
        self._vobiz.change_terms(number.e164, monthly_fee=str(Decimal(str(number.monthly_fee or 0)) + DEARER_BY))
        self._has_met(number.e164)

    def _is_on_a_card(self, e164: str) -> bool:
        said = [message for message in self._slack.workspace.messages if message.by_app and not message.is_ephemeral]
        return any(e164.removeprefix("+") in "".join(filter(str.isdigit, message.text)) for message in said)

    def _has_met(self, e164: str) -> None:
        number = phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        self._next, self._happened = Next.SELLS, f"{number} {_CHOICES[self._next].happened}."
        self._tell()

    async def _send_slack_away(self) -> None:
        if not self._slack.workspace.faults.is_away:
            self._happened = ""
            await self._slack.go_away()
            self._do_later(AWAY_SECONDS, self._bring_slack_back)

    async def _bring_slack_back(self) -> None:
        self._slack.come_back()
        self._tell()

    def _do_later(self, seconds: float, act: Callable[[], Coroutine[None, None, None]]) -> None:
        async def wait_and_act() -> None:
            await self._sleep(seconds)
            await act()

        task = asyncio.create_task(wait_and_act())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _tell(self) -> None:
        self._slack.workspace.changes.tell(Arranged(shown=self.shown()))
