"""How a customer sounds, from the text of a message: read at the edge, kept nowhere."""
