"""The trail in the database: chained in the order of commits, without gaps, and append-only."""

from dataclasses import astuple, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from bot.domain import trail
from bot.domain.audit import BOT, GENESIS, Entry, digest
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold
from bot.store import audit
from bot.store.tables import audit_entries, audit_head
from tests.bot.conftest import Undone
from tests.harness.builders import ASKER, NOON
from tests.harness.postgres import engine_of

quick = settings(derandomize=True, deadline=None, max_examples=150)

REQUEST = RequestId("a" * 32)
OTHER = RequestId("b" * 32)
EXPIRED = trail.Expired()

WORDS = st.text(max_size=8)
ANY_TOLD = st.one_of(
    st.builds(trail.Expired),
    st.builds(trail.Denied, reason=WORDS),
    st.builds(trail.Parked, kind=WORDS, work=st.integers(), error=WORDS),
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


def test_the_first_entry_is_number_one_and_begins_the_chain(connection: Connection) -> None:
    first = _append(connection)
    assert (first.seq, first.before) == (1, GENESIS)


def test_an_entry_comes_back_exactly_as_it_was_added(connection: Connection) -> None:
    added = _append(connection, trail.Denied(reason="für den Support ☎"))
    assert audit.get(connection, 1) == added


@quick
@given(told=st.lists(TOLD, min_size=1, max_size=6))
def test_what_is_read_back_is_a_whole_chain(
    undone: Undone, told: list[tuple[str, RequestId | None, AnyTold, timedelta]]
) -> None:
    with undone() as connection:
        for actor, request, what, after in told:
            audit.append(connection, at=NOON + after, actor=actor, request=request, told=what)
        entries = _all(connection)
        head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    assert [entry.seq for entry in entries] == list(range(1, len(told) + 1))
    assert all(later.before == earlier.hash for earlier, later in pairwise(entries))
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


def test_an_entry_that_is_not_there_is_not_found(connection: Connection) -> None:
    with pytest.raises(NoResultFound):
        audit.get(connection, 1)


def test_a_float_in_the_evidence_adds_nothing(connection: Connection) -> None:
    with pytest.raises(ValueError, match="floats"):
        _append(connection, trail.RequestRefused(reason="over_budget", evidence={"charge": 101.0}))
    assert _all(connection) == []
    assert connection.execute(select(audit_head.c.seq)).scalar_one() == 0


@pytest.mark.parametrize("column", [column.name for column in audit_entries.columns])
def test_no_column_of_an_entry_can_be_changed(connection: Connection, column: str) -> None:
    added = _append(connection)
    with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(update(audit_entries).values({column: audit_entries.c[column]}))
    assert _all(connection) == [added]


def test_an_entry_cannot_be_deleted(connection: Connection) -> None:
    added = _append(connection)
    with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(delete(audit_entries).where(audit_entries.c.seq == added.seq))
    assert _all(connection) == [added]


def test_the_whole_trail_cannot_be_deleted(connection: Connection) -> None:
    added = [_append(connection), _append(connection)]
    with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(delete(audit_entries))
    assert _all(connection) == added


def test_a_number_is_given_once(connection: Connection) -> None:
    added = _append(connection)
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(audit_entries).values(_row(replace(added, actor="U_FORGER"))))
    assert _all(connection) == [added]


def test_an_entry_cannot_be_replaced(connection: Connection) -> None:
    added = _append(connection)
    forged = text(
        "INSERT INTO audit_entries (seq, at, actor, event, data, before, hash) "
        "VALUES (1, 0, 'U_FORGER', 'voted', '{}', '', '') ON CONFLICT (seq) DO UPDATE SET actor = excluded.actor"
    )
    with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
        connection.execute(forged)
    assert _all(connection) == [added]


def test_sqlites_own_way_to_replace_an_entry_is_refused_too(engine: Engine) -> None:
    with engine.begin() as connection:
        added = _append(connection)
        forged = insert(audit_entries).prefix_with("OR REPLACE").values(_row(replace(added, actor="U_FORGER")))
        with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
            connection.execute(forged)
        assert _all(connection) == [added]


def test_postgresqls_own_way_to_empty_the_trail_is_refused_too(postgres_url: str) -> None:
    with engine_of(postgres_url) as engine, engine.begin() as connection:
        added = _append(connection)
        for statement in ("TRUNCATE audit_entries", "TRUNCATE audit_head, audit_entries CASCADE"):
            with pytest.raises(IntegrityError, match="append-only"), connection.begin_nested():
                connection.execute(text(statement))
        assert _all(connection) == [added]


def test_there_is_one_head(connection: Connection) -> None:
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(text(f"INSERT INTO audit_head (id, seq, hash) VALUES (2, 0, '{GENESIS}')"))


def _row(entry: Entry) -> dict[str, object]:
    return dict(zip((column.name for column in audit_entries.columns), astuple(entry), strict=True))
