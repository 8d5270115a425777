"""The event contract: bytes to domain events, or why not. Pure: nothing is fetched, counted or written here."""
