"""What a sweep found takes the place of what the one before did."""

from datetime import timedelta

from sqlalchemy import Connection

from bot.domain.facts import Debit
from bot.domain.money import Money
from bot.store import findings
from bot.store.findings import Elsewhere, Finding, FindingKind
from tests.harness.builders import NOON

DEBIT = FindingKind.UNEXPLAINED_DEBIT
DETAILS: dict[FindingKind, Elsewhere | Debit] = {
    DEBIT: Debit(id="txn_1", amount=Money.of("1 INR"), currency="INR"),
    FindingKind.BOUGHT_ELSEWHERE: Elsewhere(status="active", owner=None),
}


def _found(subject: str, *, kind: FindingKind = DEBIT, hours: int = 0, is_told: bool = False) -> Finding:
    found_at = NOON + timedelta(hours=hours)
    told_at = found_at if is_told else None
    return Finding(kind=kind, subject=subject, details=DETAILS[kind], found_at=found_at, told_at=told_at)


def _swept(connection: Connection, found: list[Finding]) -> None:
    findings.change(connection, findings.changes(findings.every(connection), found))


def test_what_was_found_is_read_by_kind_newest_first_and_nothing_before(connection: Connection) -> None:
    assert findings.every(connection) == []
    old, new = _found("txn_1"), _found("txn_2", hours=1, is_told=True)
    number = _found("+918069000142", kind=FindingKind.BOUGHT_ELSEWHERE)
    _swept(connection, [old, new, number])
    assert findings.every(connection) == [number, new, old]


def test_the_next_sweep_forgets_what_it_does_not_find(connection: Connection) -> None:
    _swept(connection, [_found("txn_1"), _found("txn_2")])
    _swept(connection, [_found("txn_2", hours=1)])
    assert findings.every(connection) == [_found("txn_2", hours=1)]
    _swept(connection, [])
    assert findings.every(connection) == []


def test_what_was_acknowledged_is_not_listed_however_often_it_is_found(connection: Connection) -> None:
    known, other = _found("txn_1"), _found("txn_1", kind=FindingKind.BOUGHT_ELSEWHERE)
    _swept(connection, [known, other])
    findings.acknowledge(connection, known, at=NOON)
    _swept(connection, [known, other])
    assert findings.listed(connection) == [other]
    assert findings.every(connection) == [other, known]


def test_what_is_found_again_is_no_change(connection: Connection) -> None:
    again, gone, told = _found("txn_1"), _found("txn_2"), _found("txn_3", is_told=True)
    _swept(connection, [again, gone, _found("txn_3")])
    changes = findings.changes(findings.every(connection), [again, told])
    assert [(one.subject, one.now) for one in changes] == [("txn_2", None), ("txn_3", told)]
