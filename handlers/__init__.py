"""Everything that speaks Slack.

In: a module per surface parses a payload, stores it or calls one service, and answers.
Out: `outgoing.py` delivers cards and replies, `people.py` says who somebody is.
"""
