"""What is our own of PostgreSQL's driver, which is slow to load: import it on use."""

from psycopg import Cursor
from psycopg.abc import Buffer
from psycopg.pq import ExecStatus
from psycopg.rows import TupleRow
from psycopg.types.string import StrDumperUnknown


class WithoutNul(StrDumperUnknown):
    """PostgreSQL keeps no NUL. What the provider said is kept all the same, for an outcome goes with it."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


class Terse(Cursor[TupleRow]):
    """Of a column it tells name and type, all that SQLAlchemy asks, and it asks with each statement."""

    @property
    def description(self) -> list[tuple[str, int]] | None:  # type: ignore[override]
        result = self.pgresult
        if result is None or result.status != ExecStatus.TUPLES_OK:
            return None
        return [((result.fname(n) or b"").decode(), result.ftype(n)) for n in range(result.nfields)]
