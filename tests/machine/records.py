"""What is on disk, read with nothing of the bot's: rows as SQLite has them, the trail as anybody could check it."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of the trail."""

    seq: int
    at: int  # microseconds since 1970
    actor: str
    event: str
    request: str | None
    data: str
    before: str
    hash: str

    @property
    def facts(self) -> Mapping[str, Any]:
        facts: dict[str, Any] = json.loads(self.data)
        return facts

    @property
    def mark(self) -> tuple[int, str]:
        """As Slack shows it."""
        return self.seq, self.hash[:12]

    @property
    def own_hash(self) -> str:
        """What its hash has to be: SHA-256 over the canonical JSON of its fields."""
        stamp = moment(self.at).isoformat(timespec="microseconds")
        fields = [self.seq, stamp, self.actor, self.event, self.request, self.data, self.before]
        return hashlib.sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


class Records:
    """A connection of its own to the database file."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """`values` for the question marks, or one mapping for the names."""
        named = values[0] if values and isinstance(values[0], dict) else values
        return self._connection.execute(query, named).fetchall()

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found

    def trail(self, *, after: int = 0, request: str | None = None) -> list[Told]:
        """Oldest first; of one request if one is given."""
        where, values = ("AND request = ?", (request,)) if request else ("", ())
        query = f"SELECT * FROM audit_entries WHERE seq > ? {where} ORDER BY seq"
        return [Told(**dict(row)) for row in self.rows(query, after, *values)]

    def head(self) -> tuple[int, str]:
        row = self.one("SELECT seq, hash FROM audit_head")
        assert row is not None
        return row["seq"], row["hash"]


def digest_of(request: sqlite3.Row) -> str:
    """The digest of a request's terms, from its row."""
    terms = ("e164", "account", "setup_fee", "monthly_fee", "currency", "minimum_commitment_months")
    values = [*(request[name] for name in terms), bool(request["identity_check"]), bool(request["trial"])]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def by_id(rows: Sequence[sqlite3.Row]) -> dict[str, sqlite3.Row]:
    return {row["id"]: row for row in rows}
