"""/metrics: rows, counters and the state of the worker as lines of text, within a budget."""
