"""More partitions: the state of a stopped installation goes over to more shards, and its source topics grow."""
