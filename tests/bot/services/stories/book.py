"""The book of stories: what people and the provider do, step by step, so that services write all they can write.

`test_stored_forms.py` tells each story to a `Workbench` and pins what it leaves in the database. Its numbers are asked
for as people do, never by a builder that writes rows: every row is then the services' own. Other tests take steps of
it.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from itertools import count
from types import SimpleNamespace
from typing import Concatenate, ParamSpec

import pytest

import tests.harness.ledger
import tests.harness.workbench
from bot.clock import SystemClock
from bot.commands.resolve import take_the_word
from bot.domain.numbers import Listing
from bot.domain.outcome import Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest
from bot.domain.rules import Rules
from bot.services.acts import Ask, Decide, Freeze
from bot.services.plans import Purchase
from bot.services.ports import Undeliverable
from bot.store import cards
from bot.store.lanes import Lane
from bot.work import claims
from bot.work.queue import Work
from bot.work.retry import TryLater
from tests.harness import seen, swept
from tests.harness.builders import ASKER, BOSS, CHANNEL, NUMBER, TEAM, a_listing, an_address, some_rules
from tests.harness.clock import FakeClock
from tests.harness.ledger import a_row
from tests.harness.workbench import Workbench

OTHER = "+918069000143"
THIRD = "+918069000144"
URL = "https://hooks.slack.com/commands/T1/1/secret"
MINUTE = timedelta(minutes=1)

LISTED, OTHER_LISTED, THIRD_LISTED = a_listing(), a_listing(number=OTHER), a_listing(number=THIRD)
NOT_FOR_SALE = (
    None,
    a_listing(blocked=True),
    replace(LISTED, states_currency=False),
    replace(LISTED, misstates_fees=True),
    replace(LISTED, setup_fee=None),
    replace(LISTED, monthly_fee=None),
)

GONE = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory")
LOST = Unknown(reason="timeout", message="no answer within 20 seconds", provider_request_id="req_7")

AsyncStep = Callable[[Workbench], Awaitable[object]]
Step = AsyncStep | Callable[[Workbench], None]
Story = Sequence[Step]
Stories = Mapping[str, Story]

P = ParamSpec("P")


def step(does: Callable[Concatenate[Workbench, P], Awaitable[object]]) -> Callable[P, AsyncStep]:
    """Called with all but the bench, it is a step of a story."""

    def with_these(*args: P.args, **kwargs: P.kwargs) -> AsyncStep:
        return lambda bench: does(bench, *args, **kwargs)

    return with_these


def story(*steps: Step) -> Story:
    return steps


def leave_nothing_to_chance(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """Ids are counted, and commands have the bench's time. Leases are counted apart: no row that is kept has them."""
    ids, leases = count(1), count(1)
    monkeypatch.setattr(secrets, "token_hex", lambda size: f"{next(ids):0{2 * size}x}")
    monkeypatch.setattr(claims, "secrets", SimpleNamespace(token_hex=lambda size: f"{next(leases):0{2 * size}x}"))
    monkeypatch.setattr(tests.harness.workbench, "_triggers", count(1))
    monkeypatch.setattr(tests.harness.ledger, "_ids", count(1))
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())


async def tell(bench: Workbench, steps: Story) -> None:
    for each in steps:
        going_on = each(bench)
        if going_on is not None:
            await going_on


async def it(bench: Workbench, of: int = -1) -> PurchaseRequest:
    """The request that was made last, or as the `of`-th."""
    return (await bench.requests())[::-1][of]


def on_it(does: Callable[..., Awaitable[None]]) -> Callable[..., AsyncStep]:
    """A step of what people do with the request that was made last, or as the `of`-th, by its present terms."""

    @step
    async def doing(bench: Workbench, /, *, of: int = -1, **how: object) -> None:
        await does(bench, await it(bench, of), **how)

    return doing


# what is so from then on


@step
async def rules(bench: Workbench, are: Rules) -> None:
    bench.rules = are


BUDGET = rules(some_rules(monthly_budget="500 INR"))
TWO_VOTES = rules(some_rules(second_approval_above="100 INR"))


@step
async def shows(bench: Workbench, /, **fields: object) -> None:
    """The provider does, by the names of the fake's fields."""
    await seen.meanwhile(bench, **fields)()


@step
async def shows_during_the_call(bench: Workbench, /, **fields: object) -> None:
    bench.provider.during_call = seen.meanwhile(bench, **fields)


@step
async def debit(
    bench: Workbench,
    id: str = "txn_1",
    amount: str | None = "101 INR",
    *,
    description: str | None = f"DID purchase {NUMBER}",
    ago: timedelta | None = timedelta(0),
    type: str = "did_purchase",
    reference: str = "",
) -> None:
    """The ledger shows one more, which names the number; it is of now unless it is older or without a date."""
    at = None if ago is None else bench.clock.now() - ago
    row = a_row(amount, id=id, description=description, at=at, type=type, reference=reference)
    bench.provider.ledger = [*(bench.provider.ledger or []), row]


@step
async def says(bench: Workbench, /, **fields: object) -> None:
    """Slack does of people, by the names of the fake's fields."""
    for name, value in fields.items():
        setattr(bench.people, name, value)


@step
async def bars(bench: Workbench, user: str, why: str) -> None:
    """They are no full member."""
    bench.people.why_not[user] = why


@step
async def slow(bench: Workbench, by: timedelta) -> None:
    """Slack is, whenever it is asked about anybody."""
    bench.people.during_look_up = seen.passing(bench, by)


@step
async def later(bench: Workbench, by: timedelta | float) -> None:
    """What is due by then is not done yet."""
    bench.clock.advance(by)


def no_card_can_be_posted(bench: Workbench) -> None:
    bench.messenger.failures = [Undeliverable("is_archived")]


# what people do


run_due = step(Workbench.run_due)

judged, told = run_due(Lane.JUDGE), step(Workbench.deliver)()
"""What is due is; what Slack cannot say or take yet waits."""


@step
async def ask(bench: Workbench, /, **changes: object) -> None:
    """Somebody asks for the number, or as `changes` say: `by` whom and with which response `url`, too."""
    await judged(bench)
    by, url = str(changes.pop("by", ASKER)), changes.pop("url", None)
    address = an_address(by, at=bench.clock.now(), response_url=None if url is None else str(url))
    await bench.take(bench.an_ask(by=address).model_copy(update=changes))
    await bench.run(Ask)


async def asked_for(bench: Workbench) -> None:
    """The number is; that waits to be judged."""
    await bench.take(bench.an_ask())


@step
async def a_request(bench: Workbench, listing: Listing = LISTED, /, **changes: object) -> None:
    """A new one for the number, or for what is listed. Its card stands; what it says waits to be told."""
    bench.provider.listing = listing
    await ask(e164=listing.e164, **changes)(bench)
    made, now, ts = await it(bench), bench.clock.now(), f"{len(await bench.requests())}.000001"
    await bench.store.write(lambda connection: cards.posted(connection, made.card, ts=ts, shown=made.entry, at=now))


approve, deny, withdraw = on_it(Workbench.approve), on_it(Workbench.deny), on_it(Workbench.withdraw)
ask_again = on_it(Workbench.ask_again)
ask_about, answer = on_it(Workbench.ask_about), on_it(Workbench.answer)


@step
async def click(bench: Workbench, decision: Decision, /, *, of: int = -1, by: str = BOSS, **changes: object) -> None:
    """An approver clicks on what is shown, or as `changes` say, and that is judged."""
    shown = await it(bench, of)
    said = {"decision": decision, "request": shown.id, "digest": shown.terms.digest, **changes}
    address = an_address(by, at=bench.clock.now())
    await bench.take(Decide.model_validate({"team": TEAM, "trigger_id": bench.trigger(), "by": address, **said}))
    await bench.run(Decide)


async def approval_clicked(bench: Workbench) -> None:
    """It waits to be judged."""
    await bench.click(Decision.APPROVE, await it(bench), by=BOSS)


async def lifting_was_typed(bench: Workbench) -> None:
    """By an approver; it waits to be judged."""
    by = an_address(BOSS, at=bench.clock.now())
    await bench.take(Freeze(team=TEAM, trigger_id=bench.trigger(), by=by, freezes=False, channel=CHANNEL))


@step
async def resolve(bench: Workbench, resolution: Resolution, *, by: str = BOSS, of: int = -1) -> None:
    await bench.resolve(resolution, await it(bench, of), by=by)


@step
async def word_alone(bench: Workbench, resolution: Resolution) -> None:
    """An operator's, by the command that asks nobody."""
    assert await take_the_word(bench.store, StringIO(), bench.rules, (await it(bench)).id, resolution)


# what the bot does


@step
async def an_approval(bench: Workbench, listing: Listing = LISTED) -> None:
    """Of a new request; its purchase is due."""
    await a_request(listing)(bench)
    await approve()(bench)


@step
async def buy(bench: Workbench, *outcomes: Outcome | Exception) -> None:
    """The purchase that is due is made, and comes to this; bought unless given. An exception is the process's end.

    What cannot be read yet lets it wait.
    """
    bench.provider.outcomes = list(outcomes)
    with suppress(ConnectionError, TryLater):
        await bench.run(Purchase)


@step
async def a_purchase(
    bench: Workbench, *outcomes: Outcome | Exception, fees: str = "100+1 INR", number: str = NUMBER
) -> None:
    """Of a new request, whose call comes to this."""
    await an_approval(a_listing(fees, number=number))(bench)
    await buy(*outcomes)(bench)


@step
async def look(bench: Workbench, times: int = 1) -> None:
    """The next looks are made."""
    for _ in range(times):
        await bench.look()


async def people_are_asked(bench: Workbench) -> None:
    """A purchase whose outcome nothing could be read of until now."""
    await a_purchase(LOST)(bench)
    await unread_looks(bench)
    bench.provider.unreadable = set()


async def unread_looks(bench: Workbench) -> None:
    """All that are planned; nothing can be read from then on."""
    bench.provider.unreadable = {"owned"}
    await look(6)(bench)


@step
async def a_failure(bench: Workbench, outcome: Unknown = LOST, *, number: str = NUMBER) -> None:
    """A purchase that four looks find not bought."""
    await a_purchase(outcome, number=number)(bench)
    await look(4)(bench)


@step
async def give_up(bench: Workbench, kind: type[Work], error: str = "KeyError") -> None:
    """The bot fails for good at what is due next."""
    await bench.park(await bench.claim(kind), error)


@step
async def sweep(bench: Workbench, after: timedelta = timedelta(0)) -> None:
    await swept.sweep(bench, after=after)


freeze = step(Workbench.freeze)
switch = step(Workbench.switch)
status = step(Workbench.ask_for_status)
unpark = step(Workbench.unpark)
turn_away = step(Workbench.turn_away)
run = step(Workbench.run)
