"""Who somebody is and who the approvers are: as Slack says now, at most a minute old, and never by guessing."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Person
from bot.sandbox.slack import Grid
from bot.sandbox.slack.example import ASHA, GONE, GUEST, MANAGERS, MEERA, NOBODY, OTHER_BOT, STRANGER, TARA, VIKRAM
from bot.services.ports import PeopleUnavailable
from handlers.people import READ_ANEW_AFTER, Member, SlackPeople
from tests.handlers.desk import Desk

Who = Callable[[str], Coroutine[None, None, Person]]

INFO, MEMBERS = "users.info", "usergroups.users.list"


@pytest.fixture
def people(desk: Desk) -> SlackPeople:
    return desk.people(VIKRAM, MANAGERS)


@pytest.fixture
def who(desk: Desk, people: SlackPeople) -> Who:
    """Somebody of our workspace, looked up."""
    return partial(people.person, desk.workspace.team.id)


@pytest.mark.parametrize(
    ("user", "why_not"),
    [
        (ASHA, None),
        (MEERA, None),
        (GUEST, "guest"),
        ("U0GUEST02", "guest"),
        (OTHER_BOT, "bot"),
        (GONE, "deactivated"),
        (STRANGER, "other_workspace"),
        ("U0NOBODY1", "other_workspace"),
        pytest.param(TARA, "other_workspace", id="somebody whom Slack hides from us"),
    ],
)
async def test_only_our_workspaces_full_members_take_part(desk: Desk, who: Who, user: str, why_not: str | None) -> None:
    desk.workspace.people.hide(TARA)
    assert await who(user) == Person(team=desk.workspace.team.id, user=user, read_at=desk.clock.now(), why_not=why_not)


async def test_people_are_called_what_they_call_themselves(who: Who) -> None:
    assert (await who(ASHA)).name == "Asha"


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ({"profile": {"display_name": " Asha\n", "real_name": "Asha Rao"}, "name": "asha"}, "Asha"),
        ({"profile": {"display_name": "", "real_name": None}, "name": "asha"}, "asha"),
        ({"profile": 5, "name": ["asha"]}, ""),
        ({"profile": {"display_name": "x" * 500}}, "x" * 80),
    ],
)
def test_a_name_is_for_showing_and_whatever_stands_there_keeps_nobody_out(said: dict[str, object], called: str) -> None:
    member = Member.model_validate({"id": ASHA, **said})
    assert (member.called, member.why_not) == (called, None)


async def test_a_stranger_is_told_by_their_team_though_one_of_ours_has_the_same_id(people: SlackPeople) -> None:
    found = await people.person("T0PARTNER", ASHA)
    assert (found.team, found.user, found.why_not) == ("T0PARTNER", ASHA, "other_workspace")


OURS, ELSEWHERE, ORGANISATION = "T0DEMO001", "T0NORTH02", "E0NORTHWD"


def told_of(desk: Desk, **user: object) -> None:
    """The next `users.info` says this."""
    body = json.dumps({"ok": True, "user": {"id": ASHA, "deleted": False, **user}})
    desk.faults.break_with(INFO, 200, content_type="application/json", body=body)


@pytest.mark.parametrize("acted_from", [OURS, ELSEWHERE, ORGANISATION, ""])
@pytest.mark.parametrize(
    "told",
    [
        {"team_id": ELSEWHERE, "enterprise_user": {"id": ASHA, "teams": [ELSEWHERE, OURS]}},
        {"team_id": "", "enterprise_user": {"teams": [OURS]}},
        {"team_id": ORGANISATION, "teams": [OURS]},
        {"team_id": None, "teams": [OURS], "enterprise_user": None},
        {"enterprise_user": {"teams": [OURS], "id": None}, "teams": None},
    ],
)
async def test_a_member_of_an_organisation_is_one_of_ours_wherever_they_come_from(
    desk: Desk, people: SlackPeople, acted_from: str, told: dict[str, object]
) -> None:
    told_of(desk, **told)
    found = await people.person(acted_from, ASHA)
    assert (found.team, found.user, found.why_not) == (OURS, ASHA, None)


@pytest.mark.parametrize(
    ("told", "why_not"),
    [
        ({"team_id": ELSEWHERE, "enterprise_user": {"teams": [ELSEWHERE]}}, "other_workspace"),
        ({"team_id": ORGANISATION, "teams": []}, "other_workspace"),
        ({"team_id": ""}, "other_workspace"),
        ({"teams": [ELSEWHERE]}, "other_workspace"),
        ({"team_id": ELSEWHERE, "teams": [OURS], "is_stranger": True}, "other_workspace"),
        ({"is_stranger": True}, "other_workspace"),
        ({"is_restricted": True}, "guest"),
        ({"team_id": "", "teams": [OURS], "is_restricted": True}, "guest"),
        ({"team_id": ELSEWHERE, "teams": [OURS], "deleted": True}, "deactivated"),
    ],
)
async def test_an_organisation_lends_nobody_a_membership(
    desk: Desk, who: Who, told: dict[str, object], why_not: str
) -> None:
    told_of(desk, **told)
    assert (await who(ASHA)).why_not == why_not


@pytest.mark.parametrize("listed", [(), (MEERA,), (MEERA, "W0MEERA01"), (MANAGERS,)])
async def test_somebody_with_an_id_of_the_organisation_too_is_one_person(desk: Desk, listed: tuple[str, ...]) -> None:
    grid = Grid(teams=(OURS,), user="W0MEERA01")
    for user in (MEERA, "W0MEERA01"):
        desk.workspace.people.add(replace(desk.workspace.people.get(MEERA), id=user, grid=grid))
    people = desk.people(VIKRAM, *listed)
    local, wide = [await people.person(OURS, user) for user in (MEERA, "W0MEERA01")]
    is_one_approver_by_the_local_id_alone = listed in [(MEERA,), (MANAGERS,)]
    assert local.user == (MEERA if is_one_approver_by_the_local_id_alone else "W0MEERA01")
    assert wide.user in (local.user, *local.also)
    assert people.cannot_decide(MEERA) == (not listed)


async def out(desk: Desk, method: str, calls: int = 1) -> None:
    """Returns once Slack was asked so often."""
    await desk.slack.wait_for(lambda workspace: len(workspace.calls_of(method)) == calls)


async def test_a_person_is_asked_for_anew_while_what_is_known_is_good_for_some_seconds_more(
    desk: Desk, who: Who
) -> None:
    assert (await who(ASHA)).is_full_member
    desk.workspace.people.make_guest(ASHA)
    desk.clock.advance(READ_ANEW_AFTER - timedelta(milliseconds=1))
    assert (await who(ASHA)).is_full_member
    assert len(desk.workspace.calls_of(INFO)) == 1
    desk.clock.advance(timedelta(milliseconds=1))
    assert (await who(ASHA)).why_not == "guest"
    assert len(desk.workspace.calls_of(INFO)) == 2


async def test_a_person_is_as_old_as_the_look_up_they_are_known_from(desk: Desk, who: Who) -> None:
    asked_at = desk.clock.now()
    released = desk.faults.hang(INFO)
    asking = asyncio.create_task(who(ASHA))
    await out(desk, INFO)
    desk.clock.advance(9)
    released.set()
    assert (await asking).read_at == asked_at
    desk.clock.advance(40)
    assert (await who(ASHA)).read_at == asked_at


async def test_what_was_read_does_not_look_fresh_again_when_the_clock_is_set_back(desk: Desk, who: Who) -> None:
    await who(ASHA)
    desk.workspace.people.deactivate(ASHA)
    desk.clock.set_wall(desk.clock.now() - timedelta(hours=1))
    assert (await who(ASHA)).why_not == "deactivated"


async def test_who_asks_for_the_same_person_shares_one_look_up_though_the_first_gives_up(desk: Desk, who: Who) -> None:
    released = desk.faults.hang(INFO)
    gives_up, *others = [asyncio.create_task(who(ASHA)) for _ in range(5)]
    await out(desk, INFO)
    gives_up.cancel()
    released.set()
    assert [person.user for person in await asyncio.gather(*others)] == [ASHA] * 4
    assert len(desk.workspace.calls_of(INFO)) == 1


async def test_one_persons_look_up_holds_up_nobody_elses(desk: Desk, who: Who) -> None:
    released = desk.faults.hang(INFO)
    waiting = asyncio.create_task(who(ASHA))
    await out(desk, INFO)
    assert (await who(TARA)).is_full_member
    assert not waiting.done()
    released.set()
    await waiting


async def test_those_who_waited_for_a_look_up_that_failed_share_its_failure(desk: Desk, people: SlackPeople) -> None:
    released = desk.faults.hang(MEMBERS)
    asking = [asyncio.create_task(people.approvers()) for _ in range(5)]
    await out(desk, MEMBERS)
    desk.workspace.people.disable_group(MANAGERS)
    released.set()
    failures = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(failure) for failure in failures] == [PeopleUnavailable] * 5
    assert len(desk.workspace.calls_of(MEMBERS)) == 1


@pytest.mark.parametrize("code", ["internal_error", "missing_scope", "invalid_auth"])
async def test_a_failure_is_never_remembered(desk: Desk, who: Who, code: str) -> None:
    desk.faults.refuse(INFO, code)
    with pytest.raises(PeopleUnavailable, match=code) as refused:
        await who(ASHA)
    assert refused.value.group is None
    assert (await who(ASHA)).is_full_member


async def test_nonsense_leaves_a_person_unknown_and_one_without_a_workspace_is_of_ours(desk: Desk, who: Who) -> None:
    for more in (', "is_restricted": "perhaps"', ""):
        body = f'{{"ok": true, "user": {{"id": "U0ASHA001"{more}}}}}'
        desk.faults.break_with(INFO, 200, content_type="application/json", body=body)
    with pytest.raises(PeopleUnavailable, match="unreadable"):
        await who(ASHA)
    assert (await who(ASHA)).is_full_member


async def test_approvers_are_the_people_and_the_members_of_the_groups_named(desk: Desk, people: SlackPeople) -> None:
    approvers = await people.approvers()
    assert approvers.users == {MEERA, VIKRAM}
    assert (approvers.source, approvers.read_at) == (f"{VIKRAM},{MANAGERS}", desk.clock.now())


async def test_people_named_alone_need_no_asking_and_an_empty_group_means_nobody(desk: Desk) -> None:
    assert (await desk.people(MEERA).approvers()).users == {MEERA}
    assert desk.workspace.calls_of(MEMBERS) == []
    assert (await desk.people(NOBODY).approvers()).users == frozenset()


async def test_a_list_is_as_old_as_its_oldest_part(desk: Desk) -> None:
    people = desk.people(MANAGERS, NOBODY)
    first, second = sorted((MANAGERS, NOBODY))
    read_at = desk.clock.now()
    released = desk.faults.hang(MEMBERS)
    asking = asyncio.create_task(people.approvers())
    await out(desk, MEMBERS)
    desk.clock.advance(30)
    released.set()
    assert (await asking).read_at == read_at
    assert [call.arguments["usergroup"] for call in desk.workspace.calls_of(MEMBERS)] == [first, second]


async def test_a_list_too_old_to_decide_on_is_not_given_again(desk: Desk) -> None:
    people = desk.people(MANAGERS, NOBODY)
    first, second = sorted((MANAGERS, NOBODY))
    await people.approvers()
    desk.clock.advance(PEOPLE_ARE_GOOD_FOR)
    released = desk.faults.hang(MEMBERS)
    asking = asyncio.create_task(people.approvers())
    await out(desk, MEMBERS, calls=3)
    desk.clock.advance(PEOPLE_ARE_GOOD_FOR + timedelta(milliseconds=1))
    released.set()
    assert not (await asking).is_fresh(desk.clock.now())
    assert (await people.approvers()).is_fresh(desk.clock.now())
    asked_for = [call.arguments["usergroup"] for call in desk.workspace.calls_of(MEMBERS)]
    assert asked_for == [first, second, first, second, first]


@pytest.mark.parametrize("group", ["S0UNKNOWN", NOBODY])
async def test_a_group_that_cannot_be_read_leaves_nobody_known(desk: Desk, group: str) -> None:
    desk.workspace.people.disable_group(NOBODY)
    with pytest.raises(PeopleUnavailable, match="no_such_subteam") as refused:
        await desk.people(VIKRAM, MANAGERS, group).approvers()
    assert (refused.value.group, refused.value.source) == (group, f"{VIKRAM},{MANAGERS},{group}")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        *((f'{{"ok": true{users}}}', "unreadable") for users in ("", ', "users": "U1"', ', "users": [1]')),
        *((f'{{"ok": false, "error": "{why}"}}', why) for why in ("internal_error", "invalid_auth")),
    ],
)
async def test_nonsense_of_a_group_leaves_nobody_known(desk: Desk, people: SlackPeople, body: str, why: str) -> None:
    desk.faults.break_with(MEMBERS, 200, content_type="application/json", body=body)
    with pytest.raises(PeopleUnavailable, match=why) as unread:
        await people.approvers()
    assert unread.value.group == MANAGERS


async def test_who_cannot_decide_is_known_for_a_minute_after_groups_were_read(desk: Desk, people: SlackPeople) -> None:
    assert not people.cannot_decide(ASHA)
    await people.approvers()
    assert [people.cannot_decide(user) for user in (ASHA, MEERA, VIKRAM)] == [True, False, False]
    desk.clock.advance(PEOPLE_ARE_GOOD_FOR)
    assert not people.cannot_decide(ASHA)


async def test_with_people_alone_it_is_known_at_once_who_cannot_decide(desk: Desk) -> None:
    people = desk.people(MEERA)
    assert [people.cannot_decide(user) for user in (ASHA, MEERA)] == [True, False]
