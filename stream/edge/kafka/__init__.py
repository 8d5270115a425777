"""Kafka: connections, topics, fetches, transactions, the patched fetcher. Knows records and offsets, and no metric."""
