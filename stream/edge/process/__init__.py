"""The process itself: how it ends, where a test lets it die, how its event loop is shared, what it logs."""
