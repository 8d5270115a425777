"""Compare: recorded events counted under two settings or by two definitions, in this process, and what differs."""
