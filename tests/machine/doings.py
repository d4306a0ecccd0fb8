"""What people do on the stage: ask, press buttons that stand or stood, type words; one at a time or two at once.

Takes small numbers: which person, which number, which card (0 is the newest). What nobody could do at the moment does
nothing, so that every draw means something in every state.
"""

import asyncio
from collections.abc import Awaitable

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import NUMBERS
from tests.harness.office import buttons
from tests.machine.crowd import PEOPLE
from tests.machine.records import digest_of
from tests.machine.stage import Stage

UNAVAILABLE = """
    SELECT e164 FROM requests WHERE status IN ('pending', 'approved', 'purchasing', 'checking')
    UNION SELECT e164 FROM attempts WHERE outcome IN ('by_looks', 'by_person') AND settled_at IS NULL
"""

PENDING = "SELECT * FROM requests WHERE status = 'pending'"

FORM_OPENS_WITHIN = 5.0  # seconds of real time


class Doings:
    """Whatever they see come back is counted: done, or possibly done."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._slack = stage, stage.slack
        self._ever: list[tuple[str, str, str]] = []  # every button that ever stood: message, action, what it carried

    async def ask(self, who: int, number: int) -> None:
        await self._ask(PEOPLE[who], list(self._stage.vobiz.world.numbers)[number])

    async def ask_for_free(self, who: int, number: int) -> None:
        """For one of those that nobody asked for or owns, while there are any."""
        taken = {row["e164"] for row in self._stage.records.rows(UNAVAILABLE)}
        on_sale = [shown.e164 for shown in self._stage.vobiz.world.shown_for_sale()]
        free = [e164 for e164 in on_sale if e164 not in taken] or list(self._stage.vobiz.world.numbers)
        await self._ask(PEOPLE[who], free[number % len(free)])

    async def type(self, who: int, word: str) -> None:
        """`freeze`, `unfreeze`, or `status`, which leaves an entry only when it is refused."""
        command = self._slack.command(PEOPLE[who], NUMBERS, word)
        await self._do(PEOPLE[who], command, counts=word != "status")

    async def press(self, who: int, action: str, card: int, *, stale: int = -1) -> None:
        """The button where it stands, or as it stood once (a forged click) when `stale` says which of those."""
        self._remember()
        standing = [seen for seen in self._ever if seen[1].startswith(action)]
        if stale < 0:
            now = {(message.ts, *pair) for message in self._stage.crowd.cards() for pair in buttons(message).items()}
            standing = [seen for seen in standing if seen in now]
        if not standing:
            return
        await self._press(PEOPLE[who], *standing[::-1][(card if stale < 0 else stale) % len(standing)])

    async def all_approve(self) -> None:
        """Everybody who may approve the newest card that asks, one after the other."""
        for person in self._stage.crowd.able:
            await self._stage.rest()
            await self.press(PEOPLE.index(person), "approve", 0)

    async def press_outdated(self, who: int) -> None:
        """Approve, as it stood with other terms on a card that waits for a decision: the newest such button."""
        self._remember()
        waiting = {row["id"]: digest_of(row) for row in self._stage.records.rows(PENDING)}
        for ts, action, value in reversed(self._ever):
            request, digest = value.split(".")
            if action == "approve" and waiting.get(request, digest) != digest:
                await self._press(PEOPLE[who], ts, action, value)
                return

    async def at_once(self, *doings: Awaitable[None]) -> None:
        await asyncio.gather(*doings)

    async def replay(self) -> None:
        """Somebody who recorded it sends the last delivery again."""
        if self._slack.http.last is not None:
            await self._stage.act(self._slack.http.replay())

    async def _ask(self, person: str, e164: str) -> None:
        await self._do(person, self._slack.command(person, NUMBERS, f"{e164} for support"))

    async def _press(self, person: str, ts: str, action: str, value: str) -> None:
        if self._slack.workspace.messages.by_ts(ts) is not None:
            press = self._deny if action == "deny" else self._click
            await press(person, ts, action, value)

    async def _click(self, person: str, ts: str, action: str, value: str) -> None:
        request, digest = value.split(".")
        if action == "approve":
            self._stage.crowd.clicked.add((request, person, digest))
        await self._do(person, self._slack.forge_click(person, ts, action, value=value))

    async def _deny(self, person: str, ts: str, action: str, value: str) -> None:
        """Who may not deny is told so; everybody else gets a form, unless something goes wrong."""
        workspace, deaths, head = self._slack.workspace, self._stage.deaths, self._stage.records.head()
        opened = len(workspace.calls_of("views.open"))
        clicked = await self._do(person, self._slack.forge_click(person, ts, action, value=value), counts=False)
        await self._stage.rest()

        def has_come() -> bool:
            return len(workspace.calls_of("views.open")) > opened or self._stage.records.head() != head

        if clicked == Done() and self._stage.deaths == deaths:
            await workspace.changes.wait_for(has_come, within=FORM_OPENS_WITHIN)
        if (form := self._slack.modal(person)) is not None:
            await self._do(person, self._slack.submit(person, form.id, {"reason": {"reason": "not this one"}}))
        if (left := self._slack.modal(person)) is not None:
            await self._slack.close(person, left.id)

    async def _do(self, person: str, doing: Awaitable[Outcome], *, counts: bool = True) -> Outcome:
        """Done is certain; anything else may have arrived all the same, and what does not count may be refused."""
        outcome = await self._stage.act(doing)
        crowd = self._stage.crowd
        (crowd.certain if counts and outcome == Done() else crowd.possible)[person] += 1
        return outcome

    def _remember(self) -> None:
        for message in self._stage.crowd.cards():
            for action, value in buttons(message).items():
                if (message.ts, action, value) not in self._ever:
                    self._ever.append((message.ts, action, value))
