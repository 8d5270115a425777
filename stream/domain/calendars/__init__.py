"""Business time: when a team is there, as instants, and how much of a span lies within. Pure, on integers."""
