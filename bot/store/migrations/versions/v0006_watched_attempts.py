"""Indexes for what the hourly sweep asks for, so that it costs no more after years than after a week."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

WATCHED = sa.text(
    "(outcome IN ('open', 'by_looks', 'by_person', 'on_word') OR alerted_at IS NOT NULL"
    " OR (outcome IN ('bought', 'found') AND confirmed_at IS NULL))"
)
WRITTEN_OFF = sa.text("written_off <> '[]'")


def upgrade() -> None:
    op.create_index("ix_attempts_recorded_at", "attempts", ["recorded_at"])
    op.create_index("ix_attempts_watched", "attempts", ["entry"], sqlite_where=WATCHED, postgresql_where=WATCHED)
    op.create_index(
        "ix_attempts_written_off", "attempts", ["id"], sqlite_where=WRITTEN_OFF, postgresql_where=WRITTEN_OFF
    )
