"""The gateway: webhooks of other systems as events in Kafka. A process of its own; no worker imports it.

    raw bytes -> `hook` (genuine?) -> `reading` (what is in it?) -> `writer` (Kafka has it) -> 2xx

A delivery is answered with 2xx when Kafka has acknowledged all that follows from it, and with 503 and Retry-After while
it cannot; what the sender tries again gives the same bytes, and is counted once by the workers. Nothing of a body is
kept or logged but what a translator names: ids, kinds, times.
"""
