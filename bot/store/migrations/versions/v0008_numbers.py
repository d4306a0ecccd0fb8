"""An index for all requests of one number: people ask why it is there."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_requests_e164", "requests", ["e164"])
