#!/usr/bin/env bash
# Events of files (one JSON object a line) into Kafka with jq and kcat, as Deskpulse wants them: keyed by the ticket,
# partitioned as Java and aiokafka do it, acknowledged by all brokers, and nothing twice by a retry.
#
#   deskpulse convert asterisk queue_log --source /asterisk/pbx1 | examples/producers/send_events.sh localhost:9092
#   examples/producers/send_events.sh localhost:9092 events.jsonl
#
# TICKETS and SURVEYS name the topics, where they are others.
set -euo pipefail

if [[ $# -lt 1 ]]; then
  echo "usage: $0 BOOTSTRAP [FILE...]" >&2
  exit 2
fi
bootstrap=$1
shift

# librdkafka's own partitioner is another than Java's: with it a ticket's events land apart, and are counted apart.
produce() {
  kcat -P -b "$bootstrap" -t "$1" -K '\t' -X topic.partitioner=murmur2_random -X enable.idempotence=true -X acks=all
}

keep() {
  jq -cr "select(((.type // \"\") | startswith(\"support.survey.\")) == $1) | (.subject // \"\") + \"\\t\" + tojson"
}

events=$(mktemp)
trap 'rm -f "$events"' EXIT
cat -- "$@" > "$events"
keep false < "$events" | produce "${TICKETS:-support.tickets.v1}"
keep true < "$events" | produce "${SURVEYS:-support.surveys.v1}"
