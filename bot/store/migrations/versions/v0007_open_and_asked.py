"""Indexes for what is open, what people are asked and what they are shown: it costs the same after years."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COPY = sa.text("copy_of IS NOT NULL")
BOUGHT_PRIVATELY = sa.text("is_private AND status = 'purchased'")
UNSETTLED = sa.text("outcome IN ('by_looks', 'by_person', 'on_word') AND settled_at IS NULL")
FOR_PEOPLE = sa.text("(asks_people OR alerted_at IS NOT NULL)")
FREEZE = sa.text("event = 'frozen'")
PARKED = sa.text("parked_at IS NOT NULL")

WHOSE = ["team", "requester", "created_at", "id"]


def upgrade() -> None:
    op.create_index("ix_requests_status", "requests", ["status", "is_private", "created_at", "id"])
    for name, table, columns, where in (
        ("ix_requests_bought_privately", "requests", WHOSE, BOUGHT_PRIVATELY),
        ("ix_cards_copy_of", "cards", ["copy_of"], COPY),
        ("ix_attempts_unsettled", "attempts", ["e164"], UNSETTLED),
        ("ix_attempts_for_people", "attempts", ["entry"], FOR_PEOPLE),
        ("ix_audit_entries_frozen", "audit_entries", ["seq"], FREEZE),
        ("ix_work_parked", "work", ["id"], PARKED),
    ):
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
