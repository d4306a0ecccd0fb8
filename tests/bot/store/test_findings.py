"""What a sweep found takes the place of what the one before did."""

from datetime import timedelta

from sqlalchemy import Connection

from bot.store import findings
from bot.store.findings import Finding
from tests.builders import NOON


def _found(subject: str, *, kind: str = "unexplained_debit", hours: int = 0) -> Finding:
    return Finding(kind=kind, subject=subject, details='{"amount":"1"}', found_at=NOON + timedelta(hours=hours))


def test_nothing_was_found_at_first(connection: Connection) -> None:
    assert findings.every(connection) == []


def test_what_was_found_is_read_by_kind_newest_first(connection: Connection) -> None:
    old, new, number = _found("txn_1"), _found("txn_2", hours=1), _found("+918069000142", kind="bought_elsewhere")
    findings.replace(connection, [old, new, number])
    assert findings.every(connection) == [number, new, old]


def test_the_next_sweep_forgets_what_it_does_not_find(connection: Connection) -> None:
    findings.replace(connection, [_found("txn_1"), _found("txn_2")])
    findings.replace(connection, [_found("txn_2", hours=1)])
    assert findings.every(connection) == [_found("txn_2", hours=1)]
    findings.replace(connection, [])
    assert findings.every(connection) == []
