"""Everything on one machine: broker, topics, a worker and a simulated contact centre, looked after until Ctrl-C."""
