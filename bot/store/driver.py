"""What is our own of PostgreSQL's driver, which is slow to load: import it on use."""

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown


class WithoutNul(StrDumperUnknown):
    """PostgreSQL keeps no NUL. What the provider said is kept all the same, for an outcome goes with it."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))
