"""The budget's promise, over whatever is approved, answered, found and charged in whatever order and side by side.

No approval takes what is held and spent past the budget. A charge that came out higher, or a truth that came late, may;
then the trail says so. And nothing stays held but what may still be charged.
"""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.store.store import Store
from tests.bot.services.judge.playing import RULES, Step, play
from tests.harness.builders import BOSS, CHIEF
from tests.harness.postgres import Server
from tests.harness.stores import a_store, a_store_at

WHICH = st.integers(0, 2)
OUTCOMES = st.sampled_from(["bought", "dearer", "rejected", "busy", "poor", "lost", "own 500"])
APPROVALS = st.tuples(WHICH, st.sampled_from([BOSS, CHIEF]))
HALF_A_DAY = 43_200

STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("approve"), APPROVALS),
    st.tuples(st.just("approve"), APPROVALS),
    st.tuples(st.just("approve at once"), st.none()),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("work at once"), st.none()),
    st.tuples(st.just("deny"), WHICH),
    st.tuples(st.just("withdraw"), WHICH),
    st.tuples(st.just("ask again"), WHICH),
    st.tuples(st.just("write off"), WHICH),
    st.tuples(st.just("cost"), st.tuples(WHICH, st.sampled_from(["100+1 INR", "130+1 INR"]))),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([61, 901, 3600, HALF_A_DAY])),
    st.tuples(st.just("turn up"), WHICH),
    st.tuples(st.just("be charged"), WHICH),
    st.tuples(st.just("sweep"), st.none()),
)


def approve(*which: int) -> list[Step]:
    return [("approve", (no, BOSS)) for no in which]


LOOKS: list[Step] = [("pass", 61), ("work", "bought")] * 2
LATE: list[Step] = [
    *approve(0),
    ("work", "own 500"),
    *LOOKS,
    *approve(1, 2),
    ("turn up", 0),
    ("sweep", None),
    *approve(0),
]
DEARER: list[Step] = [*approve(0), ("work", "dearer"), *approve(1, 2)]
CHARGED: list[Step] = [*LATE[:6], ("be charged", 0), ("sweep", None), *approve(1, 2)]
WRITTEN_OFF: list[Step] = [*CHARGED, ("write off", 0), ("pass", 3600), ("sweep", None), *approve(1, 2)]
SETTLED: list[Step] = [*approve(0), ("work", "lost"), *LOOKS, ("pass", 3600), ("sweep", None), *approve(1, 2)]
LATE_AND_HELD: list[Step] = [*approve(0), ("work", "lost"), *LOOKS, ("turn up", 0), ("sweep", None), *approve(1, 2)]
AT_ONCE: list[Step] = [("approve at once", None), ("work at once", None), ("ask again", 0), ("approve at once", None)]
CHANGED: list[Step] = [("approve at once", None), ("cost", (0, "130+1 INR")), ("work", "bought"), *AT_ONCE]
TURNED: list[Step] = [*approve(0, 1), ("work", "lost"), ("pass", HALF_A_DAY), ("approve at once", None), *LOOKS]
AGAIN: list[Step] = [
    *(step for no in range(3) for step in (("deny", no), ("ask again", no))),
    ("withdraw", 1),
    ("ask again", 2),
    ("work at once", None),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "sqlite":
        served = a_store(tmp_path_factory.mktemp("budget"))
    else:
        server: Server = request.getfixturevalue("postgres")
        served = a_store_at(server.url(server.new_database()))
    yield served.store
    served.close()


plays = count(1)


@given(rules=st.sampled_from(sorted(RULES)), steps=st.lists(STEPS, min_size=4, max_size=14))
@example(rules="one vote", steps=LATE)
@example(rules="one vote", steps=DEARER)
@example(rules="one vote", steps=WRITTEN_OFF)
@example(rules="one vote", steps=SETTLED)
@example(rules="one vote", steps=LATE_AND_HELD)
@example(rules="one vote", steps=CHANGED)
@example(rules="one vote", steps=TURNED)
@example(rules="two votes", steps=AT_ONCE)
@example(rules="automatic", steps=AGAIN)
@settings(max_examples=16, deadline=None, derandomize=True)
def test_no_approval_passes_the_budget_and_what_does_is_said(store: Store, rules: str, steps: list[Step]) -> None:
    asyncio.run(play(store, next(plays), RULES[rules], steps))
