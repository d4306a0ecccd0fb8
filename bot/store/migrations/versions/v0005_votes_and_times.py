"""When a freeze was lifted last, what looks say by a clock that nobody sets, and until when the provider is waited for.

An index finds the approvals of one day.
"""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("control", sa.Column("lifted_at", UtcTime()))
    op.add_column("attempts", sa.Column("timed", sa.Text()))
    op.add_column("attempts", sa.Column("retry_at", UtcTime()))
    op.create_index("ix_attempts_retry_at", "attempts", ["retry_at"], unique=False)
    op.create_index("ix_requests_decided_at", "requests", ["decided_at"], unique=False)
