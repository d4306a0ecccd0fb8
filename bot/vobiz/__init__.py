"""The provider's REST API as a client: `client.py` first. Knows no request, no approval, no Slack."""
