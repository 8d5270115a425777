"""State in the hands of this worker: shards and the roll-up, what they write, and how they are."""
