"""`migrate`: brings the database up to date. SQLite is also brought there by `serve`; PostgreSQL only by this."""

from typing import TextIO

from bot.store.database import bring_up_to_date


def migrate(url: str, out: TextIO) -> None:
    """Says from which revision to which. Raises `StoreError`."""
    done = bring_up_to_date(url)
    if done.before == done.after:
        out.write(f"The database is up to date, at revision {done.after}.\n")
    else:
        out.write(f"The database was brought from {done.before or 'nothing'} to revision {done.after}.\n")
