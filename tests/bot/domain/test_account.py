"""Accounts: who pays, and to whom a purchase can bring a number."""

import pytest

from bot.domain.account import has_a_master, is_us
from tests.harness.builders import an_owned_number


@pytest.mark.parametrize(("account", "has"), [("MA_1", False), ("SA_1", True)])
def test_a_sub_account_has_a_master_that_pays(account: str, *, has: bool) -> None:
    assert has_a_master(account) is has


OWNERS = [
    ("MA_1", "MA_1", True),
    ("MA_2", "MA_1", False),
    ("SA_1", "MA_1", False),
    ("SA_1", "SA_1", True),
    ("SA_2", "SA_1", False),
    ("MA_1", "SA_1", True),
    ("somebody", "SA_1", False),
    ("", "MA_1", False),
]


@pytest.mark.parametrize(("owner", "account", "us"), OWNERS)
def test_what_an_account_buys_is_its_own_or_its_masters(owner: str, account: str, *, us: bool) -> None:
    assert is_us(owner, account) is us
    assert an_owned_number(owner=owner).may_be_of(account) is us


@pytest.mark.parametrize("account", ["MA_1", "SA_1"])
def test_a_number_without_a_stated_owner_may_be_anybodys(account: str) -> None:
    assert an_owned_number(owner=None).may_be_of(account)
