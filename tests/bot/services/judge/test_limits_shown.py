"""What cards say of the month: what it has left, on every pending card that a move changed it for."""

import pytest

from bot.domain.money import Money
from bot.domain.outcome import Bought
from bot.domain.request import PurchaseRequest
from bot.domain.shown import MonthSoFar
from bot.work.queue import Kind, Lane
from tests.harness.bench import Bench
from tests.harness.builders import CHIEF, a_request, an_owned_number, some_rules
from tests.harness.seen import OWN_500


@pytest.fixture
def limited(bench: Bench) -> Bench:
    """250 INR a month: enough for two of the usual numbers."""
    bench.rules = some_rules(budget="250 INR")
    return bench


async def _another(bench: Bench, no: int, fees: str = "100+1 INR") -> PurchaseRequest:
    made = a_request(fees, number=f"+9180690{no:05}", created_at=bench.clock.now())
    return await bench.a_request(made, ts=f"{no}.000003")


async def _month_shown(bench: Bench) -> MonthSoFar | None:
    """How the month stands on the card that is delivered next."""
    await bench.run_due(Lane.TELL)
    return [sent for sent in bench.messenger.sent if sent.how in ("post_card", "rewrite_card")][-1].one.month


async def test_a_card_shows_what_is_left_of_the_month(limited: Bench) -> None:
    await limited.approve(await _another(limited, 1))
    await limited.run_due(Lane.TELL)
    await limited.ask()
    month = await _month_shown(limited)
    assert month is not None
    assert (month.month, month.reserved, month.budget) == ("2026-11", Money.of("101 INR"), Money.of("250 INR"))
    assert month.left == Money.of("149 INR")


async def test_without_a_budget_it_shows_nothing_of_it(bench: Bench) -> None:
    await bench.ask()
    assert await _month_shown(bench) is None


async def _left(bench: Bench, request: PurchaseRequest) -> str | None:
    """What this request's card said last is left; `None` when it was not delivered."""
    await bench.run_due(Lane.TELL)
    shown = [sent.one for sent in bench.messenger.took("rewrite_card") if sent.one.request.id == request.id]
    month = shown[-1].month if shown else None
    return None if month is None or month.left is None else month.left.plain()


async def test_what_an_approval_holds_is_said_on_the_other_pending_cards(limited: Bench) -> None:
    approved, pending = await _another(limited, 1), await _another(limited, 2)
    await limited.approve(approved)
    assert await _left(limited, pending) == "149"
    assert await limited.now(pending) == pending


async def test_what_is_freed_is_said_there_too(limited: Bench) -> None:
    approved, pending = await limited.an_approved_request(), await _another(limited, 2)
    await limited.deny(approved)
    assert await _left(limited, pending) == "250"


async def test_and_what_a_freeze_frees(limited: Bench) -> None:
    approved, pending = await limited.an_approved_request(), await _another(limited, 2)
    assert await _left(limited, pending) == "149"
    await limited.switch()
    assert [await _left(limited, request) for request in (approved, pending)] == ["250", "250"]


async def test_and_what_was_really_charged(limited: Bench) -> None:
    pending = await _another(limited, 2)
    await limited.a_purchase(Bought(number=an_owned_number("200+1 INR")))
    assert await _left(limited, pending) == "49"


async def test_and_a_late_truth(limited: Bench) -> None:
    await limited.a_failure(OWN_500)
    pending = await _another(limited, 2)
    await limited.plan_sweep()
    assert await _left(limited, pending) == "250"
    limited.provider.owned_number = an_owned_number()
    await limited.run(Kind.SWEEP)
    assert await _left(limited, pending) == "149"


async def test_a_burst_of_approvals_rewrites_each_pending_card_once(limited: Bench) -> None:
    made = [await _another(limited, no) for no in range(4)]
    for request in made[:2]:
        await limited.approve(request)
    assert [await _left(limited, request) for request in made[2:]] == ["48", "48"]
    rewritten = [sent.one.request.id for sent in limited.messenger.took("rewrite_card")]
    assert sorted(rewritten) == sorted(request.id for request in made)


async def test_a_card_that_is_on_its_way_when_the_month_changes_is_rewritten_after_it(limited: Bench) -> None:
    approved, pending = await _another(limited, 1), await _another(limited, 2)
    limited.rules = some_rules(budget="250 INR", second_above="1 INR")
    await limited.approve(pending, by=CHIEF)
    on_its_way = await limited.claim(Kind.CARD)
    limited.rules = some_rules(budget="250 INR")
    await limited.approve(approved)
    await limited.run(Kind.CARD)
    await limited.do(on_its_way)
    assert len([row for row in await limited.rows(Kind.CARD) if row.request == pending.id]) == 1
    assert await _left(limited, pending) == "149"


async def test_the_newest_ten_pending_cards_are_kept_in_step(limited: Bench) -> None:
    approved = await _another(limited, 0)
    older, *newest = [await _another_later(limited, no) for no in range(1, 12)]
    await limited.approve(approved)
    assert [await _left(limited, request) for request in (older, *newest)] == [None, *["149"] * 10]


async def _another_later(bench: Bench, no: int) -> PurchaseRequest:
    bench.clock.advance(1)
    return await _another(bench, no)


async def test_cards_in_another_currency_stay_as_they_are(limited: Bench) -> None:
    approved, pending = await _another(limited, 1), await _another(limited, 2, "1+1 USD")
    await limited.approve(approved)
    assert await _left(limited, pending) is None


async def test_a_move_that_holds_and_frees_nothing_leaves_other_cards_as_they_are(limited: Bench) -> None:
    denied, pending = await _another(limited, 1), await _another(limited, 2)
    await limited.deny(denied)
    assert await _left(limited, pending) is None


async def test_without_a_budget_other_cards_stay_as_they_are(bench: Bench) -> None:
    approved, pending = await _another(bench, 1), await _another(bench, 2)
    await bench.approve(approved)
    await bench.run_due(Lane.TELL)
    assert {sent.one.request.id for sent in bench.messenger.took("rewrite_card")} == {approved.id}
    assert await bench.rows(Kind.CARD) == []
    assert await bench.now(pending) == pending
