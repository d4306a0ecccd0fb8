"""What of a sweep's findings an operator knows about."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "acknowledged",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_acknowledged")),
    )
