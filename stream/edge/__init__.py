"""Where the pure core meets Kafka, HTTP and the process, in four rooms, each of which imports only those before it.

``process`` ends it, slices its loop and limits its log. ``kafka`` reads and writes topics, and knows no metric.
``owners`` hold the state of this worker and make what is written. ``serve`` shows what `owners.view` and
`owners.worker_state` say.
"""
