"""Who may use a worker's HTTP side, and how much of it: addresses, connections, boards, hosts, logins."""
