"""Abandonment spikes: a sequential test over panes that says when the share of contacts that give up has risen."""
