"""A crowd of approvers, the requester and the clock decide about one request at one moment, before two processes.

Each kind of contest once; `RACE_ROUNDS=200` makes a soak of it, with a hundred approvers.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Literal

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.sandbox.slack import Done, Message, UserGroup, Workspace, furnish
from bot.sandbox.slack.example import ASHA, NUMBERS, TARA
from bot.store import tables
from bot.store.lanes import Lane
from bot.work import stuck
from tests.harness.office import buttons
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server
from tests.harness.process import Bot
from tests.harness.promise.invariants import MONEY, complaints, the_chain_is_whole, the_trail_is_never_behind
from tests.harness.promise.rest import AtRest
from tests.races.crowd import APPROVING, CROWD, DENYING, EVERYBODY, Square, ears, expire
from tests.races.house import CHEAP, DEAR, House, a_house
from tests.races.locks import the_claims, the_row

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECISIONS = (Event.VOTED, Event.APPROVED, Event.DENIED, Event.WITHDRAWN)
ENDS = {
    Status.PURCHASED: (Event.PURCHASED, "✅ *Bought "),
    Status.DENIED: (Event.DENIED, "🚫 *Denied "),
    Status.WITHDRAWN: (Event.WITHDRAWN, "↩️ *Withdrawn "),
    Status.EXPIRED: (Event.EXPIRED, "⌛ *Expired "),
}
"""What tells of each end in the trail, and in the card's first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """How a round begins, and how it may end."""

    first: str | None = None  # whose click is being judged when the others come; otherwise all come at once
    setup_fee: int = CHEAP
    expires: Literal["later", "while the first is judged", "before anybody is judged"] = "later"
    ends: Sequence[Status] = (Status.PURCHASED, Status.DENIED, Status.WITHDRAWN)


NOT_BOUGHT = (Status.DENIED, Status.WITHDRAWN, Status.EXPIRED)
"""As time runs out: a process that asked for work the moment before may still be given what ends it otherwise."""

CONTESTS = (
    Contest(),
    Contest(setup_fee=DEAR),
    Contest(expires="while the first is judged", ends=NOT_BOUGHT),
    Contest(first=ASHA, expires="while the first is judged", ends=[Status.WITHDRAWN]),
    Contest(first=APPROVING[0], setup_fee=DEAR, expires="while the first is judged", ends=NOT_BOUGHT),
    Contest(expires="before anybody is judged", ends=[Status.EXPIRED]),
)

ROUNDS = int(os.environ.get("RACE_ROUNDS", len(CONTESTS)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(postgres: Server) -> AsyncIterator[House]:
    workspace = furnish(Workspace(monotonic=float))
    for user in (*APPROVING, *DENYING):
        workspace.add_user(user, f"Person {user}")
    crowd = UserGroup(id=CROWD, handle="crowd", name="The crowd", users=(*APPROVING, *DENYING))
    workspace.people.add_group(crowd)
    async with a_house(postgres, workspace=workspace, APPROVERS=CROWD, SECOND_APPROVAL_ABOVE="INR:1000") as opened:
        opened.vobiz.set_balance("INR", 10_000_000)
        yield opened


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_of_all_who_decide_at_one_moment_one_wins_and_everybody_else_hears_who(
    house: House, pair: tuple[Bot, Bot], number: int
) -> None:
    contest = CONTESTS[number % len(CONTESTS)]
    card = await house.a_card(setup_fee=contest.setup_fee)
    with ears(house.slack) as heard:
        await _decide_at_one_moment(Square(house=house, doors=pair, chance=Random(number)), contest, card)

        await house.slack.wait_for(lambda _: TARA in heard(), timeout=PATIENCE)
        trail = house.trail(house.request_of(card).id)
        decided = [entry.actor for entry in trail if entry.event in DECISIONS]
        refused = Counter(entry.actor for entry in trail if entry.event is Event.DECISION_REFUSED)
        assert refused == Counter({*EVERYBODY, TARA}.difference(decided))

        await house.slack.wait_for(lambda _: heard().keys() >= refused.keys(), timeout=PATIENCE)
        ended = await _ended(house, card, contest)
        assert Counter({user: len(words) for user, words in heard().items()}) == refused
        for loser, winner in _winners(trail):
            assert loser == TARA or winner in heard()[loser][0]
    _ended_once(house, card, ended)


async def _decide_at_one_moment(square: Square, contest: Contest, card: Message) -> None:
    """Lets go when every click is acknowledged and those who judge stand waiting.

    The last to click is Tara, who may not: once she hears so, everybody else was judged.
    """
    house, now = square.house, datetime.now(UTC)
    request = house.request_of(card).id
    clicks = await square.everybodys(card)
    by_row = contest.expires == "while the first is judged"
    with house.held(the_row(request) if by_row else the_claims(Lane.JUDGE)) as held:
        if contest.first is not None:
            assert await clicks.pop(contest.first)() == Done()
            await held.waited_for()
        assert set(await asyncio.gather(*(click() for click in clicks.values()))) == {Done()}
        await held.waited_for(*(() if by_row else square.doors))
        assert await square.click(TARA, card, "approve")() == Done()
        if contest.expires != "later":
            expire(held.connection, request, datetime.now(UTC) if by_row else now)


async def _ended(house: House, card: Message, contest: Contest) -> PurchaseRequest:
    """The request once the card shows one of the ends."""
    headlines = tuple(ENDS[status][1] for status in contest.ends)

    def seen(_: Workspace) -> bool:
        return house.slack.message(NUMBERS, card.ts).text.startswith(headlines)

    try:
        await house.slack.wait_for(seen, timeout=PATIENCE)
    except TimeoutError:
        ended = house.request_of(card)
        rows = house.read(lambda connection: connection.execute(select(tables.work)).mappings().all())
        pytest.fail(f"the card shows no end; it is {ended.status}, {house.events(ended.id)[-3:]}, left: {rows}")
    ended = house.request_of(card)
    assert ended.status in contest.ends
    return ended


def _winners(trail: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Everybody who was refused, with what names the winner of that moment in words: a person, or time."""
    winner = ""
    for entry in trail:
        if entry.event in DECISIONS:
            winner = f"<@{entry.actor}>"
        elif entry.event is Event.EXPIRED:
            winner = "has already expired"
        elif entry.event is Event.DECISION_REFUSED:
            yield entry.actor, winner


def _ended_once(house: House, card: Message, ended: PurchaseRequest) -> None:
    """For the trail, for people, for the provider and for the budget alike."""
    told = [event for event in house.events(ended.id) if event is not Event.DECISION_REFUSED]
    assert [event for event in told if event in [end for end, _ in ENDS.values()]] == told[-1:]
    assert told[-1] is ENDS[ended.status][0]
    assert {"approve", "deny", "request_changes", "withdraw"}.isdisjoint(buttons(house.slack.message(NUMBERS, card.ts)))
    assert house.calls_for(ended) == (ended.status is Status.PURCHASED)
    assert house.read(stuck.parked) == []
    with house.engine.begin() as connection:
        rest = AtRest(
            connection=connection,
            slack=house.slack,
            vobiz=house.vobiz,
            rules=house.office.settings.rules,
            approvers=frozenset({*APPROVING, *DENYING}),
            now=datetime.now(UTC),
        )
        assert complaints(rest, (*MONEY, the_chain_is_whole, the_trail_is_never_behind)) == []
