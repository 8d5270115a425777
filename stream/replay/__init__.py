"""Replay: recorded events through the whole real pipeline, with event time as the clock."""
