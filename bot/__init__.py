"""The service: it buys what was approved, once or not at all. Knows nothing of Slack's payloads."""
