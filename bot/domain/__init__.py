"""Pure: money, terms, requests and their transitions, policy, the audit chain. No I/O, no framework."""
