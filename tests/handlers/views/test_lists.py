"""Requests as lists: the answer to `status`, and App Home."""

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.shown import Shown
from bot.services.reading import LISTED
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.lists import NOTHING_ASKED, NOTHING_WAITS, home, line, status_list
from tests.builders import a_request, a_shown
from tests.handlers.views.cases import CARDS
from tests.handlers.views.sight import message_as_seen, view_as_seen

OWN = [CARDS["pending, one of two approvals"], CARDS["denied"]]
WAITING = [CARDS["pending"]]

LISTS: dict[str, tuple[list[Shown], list[Shown] | None]] = {
    "of a member": (OWN, None),
    "of a member who never asked": ([], None),
    "of an approver": (OWN, WAITING),
    "of an approver with nothing to do": ([], []),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_list_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(status_list(*LISTS[name])) == snapshot


@pytest.mark.parametrize("name", LISTS)
def test_the_home_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert view_as_seen(home(*LISTS[name])) == snapshot


def test_a_member_sees_nothing_of_what_waits_for_others() -> None:
    assert "Waiting" not in status_list(OWN, None).text
    assert "Waiting" not in str(home(OWN, None))


def test_empty_lists_say_what_to_do() -> None:
    said = status_list([], []).text
    assert NOTHING_WAITS in said
    assert NOTHING_ASKED in said


def test_what_waits_has_its_buttons_in_home_each_with_its_own_request() -> None:
    waiting = [a_shown(a_request(id=f"{number:032x}")) for number in range(3)]
    blocks = home([], waiting)["blocks"]
    assert isinstance(blocks, list)
    actions = [block["elements"] for block in blocks if isinstance(block, dict) and block["type"] == "actions"]
    found = [[(button["action_id"], button["value"][:32]) for button in held] for held in actions]  # type: ignore[index,union-attr,call-overload]
    assert found == [[(action, shown.request.id) for action in (APPROVE, DENY, WITHDRAW)] for shown in waiting]


def test_the_longest_lists_fit() -> None:
    most = [a_shown(a_request(id=f"{number:032x}", reason="r" * 500)) for number in range(LISTED)]
    assert len(status_list(most, most).blocks) <= 50
    blocks = home(most, most)["blocks"]
    assert isinstance(blocks, list)
    assert len(blocks) <= 100


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS.keys())
def test_a_line_says_number_price_state_and_who_asked(shown: Shown) -> None:
    said = line(shown)
    assert "+91 80 6900 0142" in said
    assert shown.request.status.value in said
    assert f"<@{shown.request.requester}>" in said
