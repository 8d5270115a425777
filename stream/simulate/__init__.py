"""A contact centre that never was: seeded, deterministic, with queues that fill and customers who give up.

`centre.contact_centre` gives its events in the order they happen. Ids only: no text, no names.
"""
