"""Where a database is served from, since when it is known to be a copy, and where it was moved."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("control", sa.Column("place", sa.String(length=64)))
    op.add_column("control", sa.Column("copied_at", UtcTime()))
    op.add_column("control", sa.Column("moved_to", sa.Text()))
    op.add_column("control", sa.Column("arrives_from", sa.Text()))
