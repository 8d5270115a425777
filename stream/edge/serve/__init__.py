"""HTTP: who gets in, the routes, the wallboard, and (in `prometheus`) the page of series."""
