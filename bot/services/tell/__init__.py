"""Telling: what people are shown and told, read from the database and handed to Slack."""
