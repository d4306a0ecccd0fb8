"""Matching: as many as possible find a partner, each one of its own."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.matching import unmatched

quick = settings(derandomize=True, deadline=None, max_examples=150)


def _most(fitting: list[list[int]]) -> int:
    """How many can have a partner, by trying everything."""
    choices = product(*([None, *partners] for partners in fitting))
    taken = [[partner for partner in choice if partner is not None] for choice in choices]
    return max(len(partners) for partners in taken if len(set(partners)) == len(partners))


@quick
@given(st.lists(st.lists(st.integers(0, 3), unique=True), max_size=5))
def test_no_other_way_leaves_fewer_without_a_partner(fitting: list[list[int]]) -> None:
    assert len(fitting) - len(unmatched(fitting)) == _most(fitting)


def test_where_there_is_a_choice_the_last_stay() -> None:
    assert unmatched([[0], [0], [0, 1]]) == [1]
    assert unmatched([[0, 1], [0], [1]]) == [2]
