"""Since when work is tried: what keeps failing is listed."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("work", sa.Column("tried_since", UtcTime(), nullable=True))
