"""Other systems' records as events of the contract: one folder for each vendor, pure.

A connector is one function on the vendor's *history record* (what its backfill sees: an audit, a message, a contact
record), used by file conversion, polling and webhooks alike, so that all three give the same events, byte for byte:

    file, page of an API, webhook  ->  records (`layout`, `hook`)  ->  `Vendor.translate`  ->  CloudEvents

Rules that every translator keeps; ``tests/connect`` holds them for each vendor:

- Ids, times and sequences come from the record itself, never from the delivery: what only one path knows must not be in
  the event. Equal records give equal events, so any mix of the paths counts once and without a conflict.
- Fields are read by name (an allow-list). A text is looked at for being there at most, and never leaves the function.
- What is unknown is passed over and counted (`Passed`), what is broken is told with the vendor's id (`Broken`); a
  translator raises nothing.
- The values at creation are those of the history, not those of now; what cannot be known is left out.
"""
