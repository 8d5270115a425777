"""Files of recorded events and of other systems: one way of opening them, and of saying what is wrong with them."""
