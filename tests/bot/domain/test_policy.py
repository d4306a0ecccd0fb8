"""Policy: who may ask, who may decide, in which state, and how many must agree."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import policy, refusals
from bot.domain.facts import ApproversRead
from bot.domain.policy import Allowed, Approvers, Decision, Permission, Person
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, Status
from bot.domain.rules import Rules
from tests.harness.builders import ASKER, BOSS, CHIEF, NOON, a_person, a_request, some_approvers, some_terms

quick = settings(derandomize=True, deadline=None, max_examples=150)

APPROVE, DENY, WITHDRAW = Decision
NOBODY_SPECIAL = Rules()
SELF_APPROVAL = Rules(allow_self_approval=True)


def _reason(verdict: Permission) -> str | None:
    return verdict.reason if isinstance(verdict, NotAllowed) else None


def _decided(
    decision: Decision, request: PurchaseRequest, *, after: timedelta = timedelta(0), frozen: bool = False
) -> Permission:
    """With the digest on the card."""
    return policy.can_be_decided(decision, [request], request.terms.digest, NOON + after, frozen=frozen)


ASKS: dict[Decision, Callable[[PurchaseRequest, Rules, Person], Permission]] = {
    APPROVE: policy.may_approve,
    DENY: lambda _request, _rules, person: policy.may_take_part(person),
    WITHDRAW: lambda request, _rules, person: policy.may_withdraw(request, person),
}
"""What is asked before the list of approvers is read."""


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("why_not", ["guest", "bot", "deactivated", "other_workspace"])
def test_who_is_no_full_member_asks_for_nothing_decides_nothing_and_hears_why(decision: Decision, why_not: str) -> None:
    person = a_person(why_not=why_not)
    assert policy.may_take_part(person) == refusals.NotAFullMember(why=why_not)
    assert ASKS[decision](a_request(), SELF_APPROVAL, person) == refusals.NotAFullMember(why=why_not)


WHO_MAY_ASK: list[tuple[Decision, str, Rules, str | None]] = [
    (APPROVE, BOSS, NOBODY_SPECIAL, None),
    (APPROVE, ASKER, NOBODY_SPECIAL, refusals.OwnRequest.reason),
    (APPROVE, ASKER, SELF_APPROVAL, None),
    (DENY, BOSS, NOBODY_SPECIAL, None),
    (DENY, ASKER, NOBODY_SPECIAL, None),
    (WITHDRAW, ASKER, NOBODY_SPECIAL, None),
    (WITHDRAW, BOSS, NOBODY_SPECIAL, refusals.NotTheRequester.reason),
    (WITHDRAW, BOSS, SELF_APPROVAL, refusals.NotTheRequester.reason),
]


@pytest.mark.parametrize(("decision", "user", "rules", "reason"), WHO_MAY_ASK)
def test_nobody_approves_their_own_and_only_they_withdraw_it(
    decision: Decision, user: str, rules: Rules, reason: str | None
) -> None:
    assert _reason(ASKS[decision](a_request(), rules, a_person(user))) == reason


def test_the_same_user_id_in_another_team_is_somebody_else() -> None:
    stranger = a_person(ASKER, team="T_OTHER")
    assert policy.may_approve(a_request(), NOBODY_SPECIAL, stranger) == Allowed()
    assert _reason(policy.may_withdraw(a_request(), stranger)) == refusals.NotTheRequester.reason


@pytest.mark.parametrize(
    ("listed", "verdict"),
    [
        ((BOSS, CHIEF), Allowed()),
        ((CHIEF, "U_X"), refusals.NotAnApprover(approvers=ApproversRead(list="U_CHIEF,U_X", size=2, age_seconds=42))),
        ((), refusals.NoApprovers(approvers=ApproversRead(list="", size=0, age_seconds=42))),
    ],
    ids=["listed", "not listed", "nobody is"],
)
def test_who_is_not_on_the_list_hears_which_and_how_old_it_was(listed: tuple[str, ...], verdict: Permission) -> None:
    read = some_approvers(*listed, read_at=NOON - timedelta(seconds=42))
    assert policy.is_approver(a_person(BOSS), read, NOON) == verdict


def test_a_list_from_a_faster_clock_is_no_younger_than_new() -> None:
    assert some_approvers(BOSS, read_at=NOON + timedelta(seconds=5)).told(NOON).age_seconds == 0


@pytest.mark.parametrize(("age", "is_fresh"), [(-1, False), (0, True), (60, True), (61, False)])
def test_people_data_decides_for_a_minute_and_never_when_it_seems_to_be_of_later(age: int, is_fresh: bool) -> None:
    read = some_approvers(BOSS, read_at=NOON - timedelta(seconds=age))
    assert read.is_fresh(NOON) is is_fresh


def test_a_list_is_as_old_as_the_oldest_of_the_people_it_was_checked_with() -> None:
    people = [a_person(user, read_at=NOON - timedelta(seconds=age)) for user, age in ((BOSS, 5), (CHIEF, 9))]
    assert some_approvers(BOSS, CHIEF).checked_with(people).read_at == NOON - timedelta(seconds=9)
    older = some_approvers(BOSS, CHIEF, read_at=NOON - timedelta(seconds=10))
    assert older.checked_with(people) == older


def test_who_is_no_full_member_is_no_approver_whoever_lists_them() -> None:
    people = [a_person(BOSS, why_not="guest"), a_person(ASKER)]
    assert some_approvers(BOSS, CHIEF).checked_with(people).users == {CHIEF}


MAY_BE: dict[Decision, set[Status]] = {
    APPROVE: {Status.PENDING},
    DENY: {Status.PENDING, Status.APPROVED},
    WITHDRAW: {Status.PENDING, Status.APPROVED},
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("decision", Decision)
def test_what_is_pending_can_be_approved_and_stopped_until_the_call_leaves(decision: Decision, status: Status) -> None:
    too_late = refusals.NoLongerPossible(status=status.value)
    verdict = _decided(decision, a_request(status=status))
    assert verdict == (Allowed() if status in MAY_BE[decision] else too_late)


def test_an_approval_counts_until_the_moment_the_request_expires() -> None:
    lives, tick = timedelta(hours=72), timedelta(microseconds=1)
    request = a_request(expires_after=lives)
    reasons = [_reason(_decided(APPROVE, request, after=after)) for after in (lives - tick, lives, lives + tick)]
    assert reasons == [None, refusals.Expired.reason, refusals.Expired.reason]


def test_an_approval_of_other_terms_than_the_present_ones_or_of_none_names_both() -> None:
    request = a_request("100+1 INR")
    for shown in (some_terms("90+1 INR").digest, None):
        verdict = policy.can_be_decided(APPROVE, [request], shown, NOON, frozen=False)
        assert verdict == refusals.TermsChanged(shown=shown, present=request.terms.digest)


def test_nothing_is_approved_while_frozen() -> None:
    assert _reason(_decided(APPROVE, a_request(), frozen=True)) == refusals.Frozen.reason


@pytest.mark.parametrize("decision", [DENY, WITHDRAW])
def test_stopping_needs_no_terms_no_time_and_no_thaw(decision: Decision) -> None:
    late = NOON + timedelta(days=30)
    assert policy.can_be_decided(decision, [a_request()], None, late, frozen=True) == Allowed()


def test_a_click_answers_what_was_asked_before_it_and_nothing_that_was_asked_since() -> None:
    since = NOON - timedelta(microseconds=1)
    assert policy.answers(asked_at=NOON, clicked_at=NOON) == Allowed()
    assert policy.answers(asked_at=NOON, clicked_at=since) == refusals.AskedSince(clicked_at=since, asked_at=NOON)


@pytest.mark.parametrize(("rules", "counting"), [(NOBODY_SPECIAL, {BOSS}), (SELF_APPROVAL, {BOSS, ASKER})])
def test_the_requesters_vote_counts_only_while_that_is_allowed(rules: Rules, counting: set[str]) -> None:
    assert policy.whose_votes_count(a_request(), rules, some_approvers(BOSS, ASKER)).users == counting


USERS = st.sampled_from(["U1", "U2", "U3", "U4"])


@quick
@given(st.lists(USERS, max_size=6), st.frozensets(USERS), st.sampled_from([1, 2]))
def test_enough_votes_of_present_approvers_suffice(voters: list[str], approvers: frozenset[str], needed: int) -> None:
    counted = sum(1 for user in approvers if user in voters)
    assert policy.enough_votes(voters, some_approvers(*approvers), needed) is (counted >= needed)


@pytest.mark.parametrize("approvers", [some_approvers(CHIEF), some_approvers(BOSS, "U_X"), some_approvers()])
def test_neither_one_person_twice_nor_somebody_who_left_the_list_makes_two_votes(approvers: Approvers) -> None:
    assert not policy.enough_votes([BOSS, BOSS, CHIEF], approvers, 2)


@pytest.mark.parametrize("decision", list(Decision))
def test_of_a_basket_that_ended_in_several_ways_whoever_comes_too_late_hears_of_what_money_went_for(
    decision: Decision,
) -> None:
    ended = [a_request(status=status) for status in (Status.FAILED, Status.PURCHASED, Status.PURCHASING)]
    verdict = policy.can_be_decided(decision, ended, None, NOON, frozen=False)
    assert verdict == refusals.NoLongerPossible(status="purchasing")
