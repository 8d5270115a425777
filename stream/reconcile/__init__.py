"""Our figures beside the vendor's own, ticket by ticket: which agree, which differ, and by which rule. Pure.

A difference is explained by reading our own log in the vendor's way: from the creation instead of a bot's hand-over,
with what programs wrote, as it was when the export was made. The first such reading that gives the vendor's number
names the rule. What no reading gives is said to be unexplained, and so the rules' differences and that one add up to
the whole.
"""
