"""Who may say what became of a purchase, and when: everything else changes nothing."""

import pytest

from bot.domain import refusals
from bot.domain.policy import Resolution
from bot.domain.request import RequestId, Status
from bot.domain.trail import Event
from bot.services.acts import Resolve
from bot.services.judge.resolve import resolve_without_asking
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHIEF, a_request, some_approvers, some_rules
from tests.harness.seen import LOST, asked, ours

pytestmark = pytest.mark.sqlite_only("what is refused is written as test_resolve writes it on both")

BOUGHT, NOT_BOUGHT, LOOK_AGAIN, WRITE_OFF = Resolution


# who


@pytest.mark.parametrize("resolution", Resolution)
async def test_nobody_says_it_of_their_own_request(bench: Bench, resolution: Resolution) -> None:
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    request = await asked(bench)
    bench.provider.reads.clear()
    await bench.resolve(resolution, request, by=ASKER)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.OwnRequest.reason, {"requester": ASKER})
    assert await bench.now(request) == request
    assert not bench.provider.reads


async def test_with_self_approval_allowed_they_may(bench: Bench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    request = await asked(bench)
    await bench.resolve(NOT_BOUGHT, request, by=ASKER)
    assert (await bench.now(request)).status is Status.FAILED


@pytest.mark.parametrize("resolution", Resolution)
async def test_only_approvers_say_it(bench: Bench, resolution: Resolution) -> None:
    request = await asked(bench)
    bench.provider.reads.clear()
    await bench.resolve(resolution, request, by="U_STRANGER")
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["list"], evidence["size"]) == (refusals.NotAnApprover.reason, f"{BOSS},{CHIEF}", 2)
    assert await bench.now(request) == request
    assert not bench.provider.reads


@pytest.mark.parametrize("resolution", [BOUGHT, NOT_BOUGHT, WRITE_OFF])
async def test_who_is_no_approver_any_more_once_the_look_is_made_says_nothing(
    bench: Bench, resolution: Resolution
) -> None:
    request = await asked(bench)

    async def leave(_: str) -> None:
        bench.people.list_of_approvers = some_approvers(CHIEF)

    bench.provider.during_read = leave
    await bench.resolve(resolution, request, by=BOSS)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.NotAnApprover.reason
    assert await bench.now(request) == request


@pytest.mark.parametrize("resolution", Resolution)
async def test_a_deactivated_approver_says_nothing(bench: Bench, resolution: Resolution) -> None:
    request = await asked(bench)
    bench.people.why_not[BOSS] = "deactivated"
    await bench.resolve(resolution, request)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NotAFullMember.reason, {"why": "deactivated"})


async def test_while_slack_cannot_say_who_clicked_it_is_tried_again_for_a_minute(bench: Bench) -> None:
    request = await asked(bench)
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.resolve(NOT_BOUGHT, request)
    bench.clock.advance(60)
    await bench.run(Resolve)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.PeopleUnreadable.reason


# when


@pytest.mark.parametrize("resolution", [BOUGHT, NOT_BOUGHT, LOOK_AGAIN])
async def test_as_long_as_the_bot_finds_out_by_itself_nobody_is_asked(bench: Bench, resolution: Resolution) -> None:
    request = await bench.a_purchase(LOST)
    ours(bench)
    await bench.resolve(resolution, request)
    attempt = await bench.attempt(request)
    evidence = {"attempt": attempt.id, "called_at": attempt.recorded_at.isoformat(), "resolution": resolution.value}
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.StillFindingOut.reason, evidence)
    assert await bench.now(request) == request


@pytest.mark.parametrize("resolution", [BOUGHT, NOT_BOUGHT, LOOK_AGAIN])
@pytest.mark.parametrize("status", [Status.PENDING, Status.PURCHASED, Status.FAILED])
async def test_an_outcome_that_is_known_is_not_said_again(bench: Bench, resolution: Resolution, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.resolve(resolution, request)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.AlreadyKnown.reason, {"status": status.value})
    assert await bench.now(request) == request


async def test_an_outcome_that_became_known_during_the_look_is_not_said_again(bench: Bench) -> None:
    request = await asked(bench)
    attempt = await bench.attempt(request)

    async def meanwhile(read: str) -> None:
        if read == "transactions":
            await bench.store.write(
                lambda connection: resolve_without_asking(bench.case(connection, request, attempt), BOUGHT)
            )

    bench.provider.during_read = meanwhile
    await bench.resolve(NOT_BOUGHT, request)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.AlreadyKnown.reason, {"status": "purchased"})


@pytest.mark.parametrize("resolution", Resolution)
async def test_a_request_that_does_not_exist_has_no_outcome(bench: Bench, resolution: Resolution) -> None:
    nobody = a_request(id="0" * 32)
    await bench.resolve(resolution, nobody)
    expected = (refusals.NoSuchRequest.reason, {"request": RequestId("0" * 32)})
    assert await bench.refusal(Event.DECISION_REFUSED) == expected
    assert (await bench.last(Event.DECISION_REFUSED)).request is None
