"""The book of stories: what people and the provider do, told to a `Bench`, so that services write all they can write.

`test_stored_forms.py` pins what each story leaves in the database. A story asks for its numbers as people do, never by
a builder that writes rows: every row is then the services' own.
"""

from datetime import datetime, timedelta
from io import StringIO

from bot.commands.resolve import take_the_word
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import Listing
from bot.domain.outcome import Outcome, Unknown
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest
from bot.services.acts import Ask, Decide
from bot.services.plans import Purchase
from bot.store import cards
from bot.work.queue import Lane
from tests.harness.bench import Bench
from tests.harness.builders import BOSS, NUMBER, TEAM, a_listing, an_address
from tests.harness.ledger import a_row

OTHER = "+918069000143"
THIRD = "+918069000144"

MINUTE = timedelta(minutes=1)

LOST = Unknown(reason="timeout", message="no answer within 20 seconds", provider_request_id="req_7")


# asking and approving


async def judge(bench: Bench) -> None:
    """What is due to be judged is judged; what Slack cannot say yet waits."""
    await bench.run_due(Lane.JUDGE)


async def ask(bench: Bench, **changes: object) -> None:
    """Somebody asks for the number, or as `changes` say."""
    await judge(bench)
    await bench.take(bench.an_ask().model_copy(update=changes))
    await bench.run(Ask)


async def a_request(bench: Bench, listing: Listing | None = None, **changes: object) -> PurchaseRequest:
    """A new request for the number, or for what is listed. Its card stands; what it says waits to be told."""
    listed = listing or a_listing()
    bench.provider.listing = listed
    await ask(bench, **{"e164": listed.e164, **changes})
    found = await bench.requests()
    made = next(request for request in found if request.is_open and request.terms.e164 == listed.e164)
    ts, now = f"{len(found)}.000001", bench.clock.now()
    await bench.store.write(lambda connection: cards.posted(connection, made.card, ts=ts, shown=made.entry, at=now))
    return made


async def approve(bench: Bench, request: PurchaseRequest, *, by: str = BOSS) -> None:
    """By its present terms."""
    await bench.approve(await bench.now(request), by=by)


async def click(bench: Bench, decision: Decision, shown: PurchaseRequest, **changes: object) -> None:
    """An approver clicks on what is shown, or as `changes` say, and that is judged."""
    by = an_address(str(changes.pop("by", BOSS)), at=bench.clock.now())
    said = {"decision": decision, "request": shown.id, "digest": shown.terms.digest, **changes}
    await bench.take(Decide.model_validate({"team": TEAM, "trigger_id": bench.trigger(), "by": by, **said}))
    await bench.run(Decide)


async def an_approval(bench: Bench, listing: Listing | None = None, **changes: object) -> PurchaseRequest:
    """A request that is approved, its purchase due."""
    request = await a_request(bench, listing, **changes)
    await bench.approve(request)
    return request


async def buy(bench: Bench, *outcomes: Outcome | Exception) -> None:
    """The purchase that is due is made, and comes to the first of these; bought without any."""
    bench.provider.outcomes = list(outcomes)
    await bench.run(Purchase)


async def a_purchase(
    bench: Bench, *outcomes: Outcome | Exception, fees: str = "100+1 INR", number: str = NUMBER
) -> PurchaseRequest:
    """A request whose call came to the first of these; bought without any."""
    request = await an_approval(bench, a_listing(fees, number=number))
    await buy(bench, *outcomes)
    return request


# finding out


async def look(bench: Bench, times: int = 1) -> None:
    """The next looks are made."""
    for _ in range(times):
        await bench.look()


async def people_are_asked(bench: Bench, outcome: Unknown = LOST) -> PurchaseRequest:
    """A purchase whose outcome nothing could be read of until now."""
    request = await a_purchase(bench, outcome)
    bench.provider.unreadable = {"owned"}
    await look(bench, 6)
    bench.provider.unreadable = set()
    return request


async def a_failure(bench: Bench, outcome: Unknown = LOST, *, number: str = NUMBER) -> PurchaseRequest:
    """A purchase that four looks find not bought."""
    request = await a_purchase(bench, outcome, number=number)
    await look(bench, 4)
    return request


async def say_without_asking(bench: Bench, resolution: Resolution, request: PurchaseRequest) -> None:
    """An operator does, by the command that asks nobody."""
    assert await take_the_word(bench.store, StringIO(), request.id, resolution)


def debit(
    bench: Bench,
    id: str = "txn_1",
    amount: str | None = "101 INR",
    *,
    description: str | None = f"DID purchase {NUMBER}",
    at: datetime | None = None,
    type: str = "did_purchase",
) -> LedgerEntry:
    """A debit that names the number, of now unless `at` is given."""
    return a_row(amount, id=id, description=description, at=at or bench.clock.now(), type=type)
