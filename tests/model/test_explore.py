"""The search sees what it is there for: a rule that is dropped, an arrow that nobody declared, a state without one."""

import pytest

from tests.model import explore as search
from tests.model import words as w
from tests.model.__main__ import main
from tests.model.arrows import DECLARED
from tests.model.explore import NOT_FINISHED, explore, undeclared
from tests.model.rules import RULES
from tests.model.scenarios import initial, scenario_of
from tests.model.state import Attempt, Draft, Request

SOON = 1000  # states, within which these are found; the others take `python -m tests.model --without RULE`

FOUND_SOON = {
    "votes": ("status-cas", "re-read", "self", "recount", "free-reservation", "renew-expiry", "expires-where"),
    "freeze": ("terms-version", "freeze-approve", "freeze-to-pending", "five-seconds"),
    "waiting-click": ("click-time",),
    "minute": ("single-call", "one-transaction"),
    "same-number": ("unique-index",),
    "budget": ("budget-row",),
    "basket": ("one-decision", "basket-sum", "leaves"),
    "others": ("sweep-purchased",),
}
"""By the scenario that shows it."""


@pytest.mark.parametrize(
    ("scenario", "rule"), [(scenario, rule) for scenario, rules in FOUND_SOON.items() for rule in rules]
)
def test_a_dropped_rule_is_noticed(scenario: str, rule: str) -> None:
    assert RULES[rule].shown_by == scenario
    assert explore(scenario_of(scenario), SOON).broken == NOT_FINISHED
    found = explore(scenario_of(scenario, without=[rule]), SOON)
    assert found.broken not in ("", NOT_FINISHED)
    assert found.trace


def test_a_sweep_that_stood_still_takes_back_what_a_newer_one_said_only_without_its_lease() -> None:
    found = explore(scenario_of("sweeps", without=["sweep-lease"]))
    assert found.broken == "Truth: an alert is taken back, and its debit stands"
    assert [line for line in found.trace if line == "a sweep reads"] == ["a sweep reads"] * 2


def test_a_second_charge_for_one_number_is_told_to_nobody_only_without_its_rule() -> None:
    found = explore(scenario_of("sold-twice", without=["told-twice"]), 20 * SOON)
    assert found.broken == "Truth: charged without a number, failed, and nobody told"


def test_the_way_to_a_violation_is_a_shortest_one() -> None:
    found = explore(scenario_of("votes", without=["self"]))
    assert found.broken == "Approval: approved without enough approvers of exactly these terms"
    assert found.trace == ["R1 submitted: number 0, terms 0", "R1: the requester approves terms 0: approved"]


def test_an_arrow_that_is_not_declared_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "DECLARED", DECLARED - {("request", "approved", "frozen", "pending")})
    found = explore(scenario_of("freeze"), SOON)
    assert found.broken.startswith("Arrow: not declared")
    assert found.trace[-1] == "freeze"


def test_a_state_that_changes_without_an_arrow_is_found() -> None:
    request = Request(0, w.PENDING, 0, (0, 0, 0), 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    attempt = Attempt(0, 0, w.NOT_SENT, w.NOTHING_YET, 0, 0, 0, 0, w.OPEN, 0)
    here = initial(scenario_of("minute"))._replace(requests=(request,), attempts=(attempt,))
    moved = Draft(here).move(0, "approved", w.APPROVED)
    assert undeclared(here, moved.state({}), moved.taken) is None
    for silent in (Draft(here).request(0, status=w.APPROVED), Draft(here).attempt(0, outcome=w.BOUGHT)):
        assert (undeclared(here, silent.state({}), silent.taken) or "").endswith("without one")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["limit-console"], 0),
        (["votes", "--without", "self"], 1),
        (["--without", "self"], 1),
        (["minute", "--limit", "10"], 1),
        (["--list"], 0),
    ],
)
def test_the_exit_code_says_whether_all_is_as_expected(
    words: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gc.disable", lambda: None)
    assert main(words) == code
    assert capsys.readouterr().out
