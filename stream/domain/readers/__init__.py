"""What a ticket's log is read by: each reader is told the events it names, and says whether anything changed for it."""
