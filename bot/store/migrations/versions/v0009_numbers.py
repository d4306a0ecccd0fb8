"""An index for all requests of one number: people ask why it is there."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_requests_e164", "requests", ["e164"])
