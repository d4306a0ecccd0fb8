"""What the provider may show after a call without a definite answer, each as a function of the bench."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.outcome import Unknown
from bot.domain.request import PurchaseRequest
from tests.harness.builders import NUMBER, an_owned_number
from tests.harness.ledger import a_row
from tests.harness.workbench import Workbench

LOST = Unknown(reason="timeout", provider_request_id="req_7")
OWN_500 = Unknown(reason="http_500", call_is_over=True)
"""The call has certainly ended."""

Shows = Callable[[Workbench], None]


def clean(bench: Workbench) -> None:
    bench.provider.ledger = []


def neither(bench: Workbench) -> None:
    bench.provider.listing = None


def ours(bench: Workbench) -> None:
    bench.provider.owned_number = an_owned_number()


def another_accounts(bench: Workbench) -> None:
    bench.provider.listing, bench.provider.owned_number = None, an_owned_number(owner="SA_OTHER")


def under_way(bench: Workbench) -> None:
    bench.provider.owned_number = an_owned_number(status="pending_purchase")


def charged(bench: Workbench) -> None:
    bench.provider.ledger = [a_row(id="txn_1", description=f"DID purchase {NUMBER}", at=bench.clock.now())]


def ledger_closed(bench: Workbench) -> None:
    bench.provider.ledger = None


def unread(what: str) -> Shows:
    def shows(bench: Workbench) -> None:
        bench.provider.unreadable = {what}

    shows.__name__ = f"{what} unread"
    return shows


def meanwhile(bench: Workbench, **shows: object) -> Callable[..., Awaitable[None]]:
    """A hook: what the provider shows from some moment on, by the names of the fake's fields."""

    async def change(*_: object) -> None:
        for name, value in shows.items():
            setattr(bench.provider, name, value)

    return change


def passing(bench: Workbench, time: timedelta | float) -> Callable[..., Awaitable[None]]:
    """A hook: time passes at some moment."""

    async def pass_time(*_: object) -> None:
        bench.clock.advance(time)

    return pass_time


async def asked(bench: Workbench, outcome: Unknown = LOST) -> PurchaseRequest:
    """A purchase whose outcome people are asked for, because nothing could be read until now."""
    request = await bench.a_purchase(outcome)
    bench.provider.unreadable = {"owned"}
    await bench.look(times=6)
    bench.provider.unreadable = set()
    assert (await bench.attempt(request)).asks_people
    return await bench.now(request)
