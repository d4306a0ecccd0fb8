"""How sweeps get on: the last one that could read the provider, and since when they cannot."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "sweep",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("good_at", UtcTime(), nullable=True),
        sa.Column("unread_rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("unread", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_sweep_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
    )
    op.execute("INSERT INTO sweep (id) VALUES (1)")
