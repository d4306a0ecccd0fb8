"""What has to be there for the work of older versions: requests, votes, attempts, as they left them.

Each is a function of the bench; the request is always `ID`, and entry 1 is its first.
"""

from bot.domain.request import Status
from bot.domain.trail import Event
from bot.store import tables
from tests.bot.services.old import ID, old_entries, put, put_entry
from tests.harness.bench import Bench
from tests.harness.builders import a_listing, a_request, an_owned_number, some_rules

OTHER = "+918069000143"

CHARGED = (
    '{"what": "charged_without_number", "owned": false, "owned_status": null, "debits": [{"id": "txn_1", '
    '"amount": "101", "currency": "INR", "at": "2026-11-02T12:00:00+00:00", "description": "DID-Kauf \\u2014 1"}]}'
)
"""What was seen when approvers were told of a charge."""


async def nothing(_: Bench) -> None: ...


async def cards_stand_elsewhere(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS")


async def pending(bench: Bench) -> None:
    await bench.a_request(a_request(id=ID))


async def not_posted(bench: Bench) -> None:
    await bench.a_request(a_request(id=ID), ts=None)


async def denied(bench: Bench) -> None:
    await bench.a_request(a_request(id=ID, status=Status.DENIED))


async def gone_and_similar_ones_offered(bench: Bench) -> None:
    request = await bench.a_request(a_request(id=ID, status=Status.FAILED, error="not_in_inventory"))
    (offer,) = [old for old in old_entries(Event.FAILED) if old.name.endswith("similar number is asked for instead")]
    await put_entry(bench, offer, request)
    bench.provider.listing = a_listing("100+1.50 INR", number=OTHER)


async def approved(bench: Bench) -> None:
    """By a vote that an older version counted."""
    request = await bench.a_request(a_request(id=ID, status=Status.APPROVED, decided_at=bench.clock.now()))
    votes = [old for old in old_entries(Event.APPROVED) if '"voters":["U_BOSS"]' in old.data]
    await put_entry(bench, votes[0], request)


async def checking(bench: Bench) -> None:
    request = await bench.a_request(a_request(id=ID, status=Status.CHECKING))
    await _attempt(bench, "open", request.entry)


async def people_asked(bench: Bench) -> None:
    request = await bench.a_request(a_request(id=ID, status=Status.CHECKING))
    await _attempt(bench, "open", request.entry, asks_people=True)


async def people_asked_and_the_number_is_ours(bench: Bench) -> None:
    await people_asked(bench)
    bench.provider.owned_number = an_owned_number()


async def charged(bench: Bench) -> None:
    request = await bench.a_request(a_request(id=ID, status=Status.FAILED, error="not_bought"))
    await _attempt(bench, "by_looks", request.entry, alerted_at=bench.clock.now(), seen=CHARGED)


async def frozen(bench: Bench) -> None:
    await bench.freeze()


async def denied_now(bench: Bench) -> None:
    """Entry 2 tells of it, its card does not yet."""
    await pending(bench)
    await put_entry(bench, old_entries(Event.DENIED)[0], await bench.now(a_request(id=ID)))


async def denied_and_its_card_is_lost(bench: Bench) -> None:
    await not_posted(bench)
    await put_entry(bench, old_entries(Event.DENIED)[0], await bench.now(a_request(id=ID)))


async def unfrozen_once(bench: Bench) -> None:
    """Entry 1 says so, and there is no request."""
    await put_entry(bench, old_entries(Event.UNFROZEN)[0])


async def unfrozen_beside_a_request(bench: Bench) -> None:
    await unfrozen_once(bench)
    await pending(bench)


async def _attempt(bench: Bench, outcome: str, entry: int, **more: object) -> None:
    now = bench.clock.now()
    times = {"recorded_at": now, "lease_until": now, "call_ended_at": now}
    known = {"request": ID, "terms_version": 1, "e164": a_request().terms.e164, "currency": "INR", "entry": entry}
    await put(bench, tables.attempts, id="aa" * 16, outcome=outcome, **known, **times, **more)
