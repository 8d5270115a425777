"""The pure core: events, ticket logs, facts, panes, windows, rows. No Kafka, no Faust, no clock."""
