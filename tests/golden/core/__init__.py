"""The core's golden vectors: events in, rows out, as files that any implementation of the core has to reproduce.

``cases/<name>.jsonl`` is the input, one step a line: an event of the public contract (key: its subject), or one of

- ``{"settings": {...}}``: sections of the settings, before all else;
- ``{"commit": <time>}``: what has been folded is settled at this time of the clock, and what is old is forgotten;
- ``{"restart": true}``: all memory is lost, and what was committed is loaded.

``rows/<name>.jsonl`` is the output, one line for each event (what became of it) and for each row of a commit, sorted by
topic and key: the changelog, the facts, the partials. Panes and counters go to the partials as well, under the same key
behind the partition; they are shown once. msgpack and JSON are shown as JSON; cells are
``[count, sum, {bin: count}]``, a ticket's row is ``[last_us, settled, levels, log, floor_seconds]``.
"""
