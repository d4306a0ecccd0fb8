"""Block Kit builders: pure functions from domain objects to what people see. No I/O, no state.

Every message says the same in its plain `text` as in its blocks, for notifications and screen readers.
"""
