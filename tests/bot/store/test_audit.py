"""The trail in the database: chained in the order of commits, without gaps, and append-only."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import IntegrityError

from bot.domain import trail
from bot.domain.audit import BOT, GENESIS, Entry, digest
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event
from bot.store import audit
from bot.store.tables import audit_entries, audit_head
from tests.bot.conftest import Undone
from tests.harness.builders import ASKER, NOON, a_request
from tests.harness.stores import keep

quick = settings(derandomize=True, deadline=None, max_examples=150)

REQUEST = RequestId("a" * 32)
OTHER = RequestId("b" * 32)
EXPIRED = trail.Expired()
DENIED = trail.Denied(reason="too dear")

WORDS = st.text(max_size=8)
ANY_TOLD = st.one_of(
    st.builds(trail.Expired),
    st.builds(trail.Denied, reason=WORDS),
    st.builds(trail.Parked, kind=WORDS, work=st.integers(0, 2**53 - 1), error=WORDS),
)
TOLD = st.tuples(
    st.sampled_from([ASKER, BOT]),
    st.none() | st.sampled_from([REQUEST, OTHER]),
    ANY_TOLD,
    st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=1)),
)


def _append(connection: Connection, told: AnyTold = EXPIRED, *, request: RequestId | None = REQUEST) -> Entry:
    return audit.append(connection, at=NOON, actor=ASKER, request=request, told=told)


def _all(connection: Connection) -> list[Entry]:
    seqs = connection.execute(select(audit_entries.c.seq).order_by(audit_entries.c.seq)).scalars().all()
    return [audit.get(connection, seq) for seq in seqs]


@quick
@given(told=st.lists(TOLD, min_size=1, max_size=6))
def test_what_is_read_back_is_a_whole_chain(
    undone: Undone, told: list[tuple[str, RequestId | None, AnyTold, timedelta]]
) -> None:
    with undone() as connection:
        added = [
            audit.append(connection, at=NOON + after, actor=actor, request=request, told=what)
            for actor, request, what, after in told
        ]
        entries = _all(connection)
        head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    assert entries == added
    assert [entry.seq for entry in entries] == list(range(1, len(told) + 1))
    assert [entry.before for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert all(digest(e.seq, e.at, e.actor, e.event, e.request, e.data, e.before) == e.hash for e in entries)
    assert tuple(head) == (entries[-1].seq, entries[-1].hash)


def test_an_entry_that_was_undone_leaves_no_gap(connection: Connection) -> None:
    first = _append(connection)
    with connection.begin_nested() as undone:
        _append(connection)
        undone.rollback()
    second = _append(connection)
    assert (second.seq, second.before) == (2, first.hash)


def test_one_requests_entries_come_oldest_first(connection: Connection) -> None:
    mine = _append(connection)
    _append(connection, request=OTHER)
    _append(connection, request=None)
    later = _append(connection, trail.Denied(reason="too dear"))
    assert audit.of_request(connection, REQUEST) == [mine, later]


def test_of_one_request_or_several_those_entries_are_read_that_are_named_or_tell_of_something(
    connection: Connection,
) -> None:
    denied, _, expired = (_append(connection, told) for told in (DENIED, EXPIRED, EXPIRED))
    of_other = [_append(connection, told, request=OTHER) for told in (EXPIRED, DENIED)]
    of_none = _append(connection, DENIED, request=None)
    either, tells = (expired.seq, of_other[0].seq), (Event.DENIED, Event.VOTED)
    assert audit.some_of(connection, REQUEST, either, tells) == [denied, expired]
    assert audit.among(connection, [REQUEST, OTHER], [*either, of_none.seq], tells) == [denied, expired, *of_other]
    assert audit.among(connection, [OTHER], [], tells) == of_other[1:]
    assert audit.among(connection, [], either, tells) == []


def test_the_last_freeze_is_the_newest_one(connection: Connection) -> None:
    assert audit.last_freeze(connection) is None
    frozen = [_append(connection, trail.Frozen(), request=None) for _ in range(2)]
    _append(connection, trail.Unfrozen(), request=None)
    assert audit.last_freeze(connection) == frozen[1]


def test_a_float_in_the_evidence_adds_nothing(connection: Connection) -> None:
    with pytest.raises(ValueError, match="floats"):
        _append(connection, trail.RequestRefused(reason="over_budget", evidence={"charge": 101.0}))
    assert _all(connection) == []
    assert connection.execute(select(audit_head.c.seq)).scalar_one() == 0


FORGED = "INTO audit_entries (seq, at, actor, event, data, before, hash) VALUES (1, 0, 'U', 'voted', '{}', '', '')"
FORGERIES = [
    *[f"UPDATE audit_entries SET {column.name} = {column.name}" for column in audit_entries.columns],
    "DELETE FROM audit_entries WHERE seq = 1",
    "DELETE FROM audit_entries",
    f"INSERT {FORGED} ON CONFLICT (seq) DO UPDATE SET actor = excluded.actor",
]
IN_ITS_OWN_WORDS = {
    "sqlite": [f"INSERT OR REPLACE {FORGED}"],
    "postgresql": ["TRUNCATE audit_entries", "TRUNCATE audit_head, audit_entries CASCADE"],
}


def test_no_entry_can_be_changed_deleted_or_replaced_in_any_words(connection: Connection) -> None:
    added = [_append(connection), _append(connection)]
    for statement in FORGERIES + IN_ITS_OWN_WORDS[connection.dialect.name]:
        with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
            connection.execute(text(statement))
        assert _all(connection) == added


def test_nothing_that_happens_to_another_table_cascades_into_the_trail(connection: Connection) -> None:
    found = inspect(connection)
    named = {key["referred_table"] for table in found.get_table_names() for key in found.get_foreign_keys(table)}
    assert found.get_foreign_keys("audit_entries") == []
    assert named == {"cards", "requests"}


def test_a_number_is_given_once_and_there_is_one_head(connection: Connection) -> None:
    added = _append(connection)
    for statement in (f"INSERT {FORGED}", f"INSERT INTO audit_head (id, seq, hash) VALUES (2, 0, '{GENESIS}')"):
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text(statement))
    assert _all(connection) == [added]


def _archived(connection: Connection, up_to: Entry) -> Entry:
    told = trail.Archived(first=1, up_to=up_to.seq, hash=up_to.hash, sha256="5e" * 32)
    return _append(connection, told, request=None)


def test_only_what_an_entry_tells_is_sealed_can_be_deleted_and_nothing_of_a_request_that_stands(
    connection: Connection,
) -> None:
    keep(connection, a_request(id=REQUEST))
    gone, alone = (_append(connection, request=of) for of in (OTHER, None))
    sealed = _archived(connection, alone)
    later = _append(connection, request=OTHER)
    for seq in (1, sealed.seq, later.seq):
        with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
            connection.execute(text(f"DELETE FROM audit_entries WHERE seq = {seq}"))
    next_one = _archived(connection, later)
    for statement in FORGERIES + IN_ITS_OWN_WORDS[connection.dialect.name]:
        with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
            connection.execute(text(statement))
    connection.execute(text(f"DELETE FROM audit_entries WHERE seq IN ({gone.seq}, {alone.seq}, {later.seq})"))
    assert [entry.seq for entry in _all(connection)] == [1, sealed.seq, next_one.seq]


def test_an_entry_that_says_that_itself_and_what_is_not_there_yet_is_sealed_lets_go_of_nothing(
    connection: Connection,
) -> None:
    first = _append(connection, request=OTHER)
    _append(connection, trail.Archived(first=1, up_to=99, hash=first.hash, sha256=""), request=None)
    with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(text("DELETE FROM audit_entries WHERE seq = 1"))
