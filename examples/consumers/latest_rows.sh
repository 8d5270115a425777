#!/usr/bin/env bash
# The current rows of a derived topic with kcat and awk: key, tab, row; of each key the last record, without tombstones.
#
#   examples/consumers/latest_rows.sh localhost:9092 support.metrics.v1 | grep '^abandonment|'
#
# For all topics of upserts: facts, metrics, alerts. Partitions come mixed, but a key lies in one of them.
set -euo pipefail

if [[ $# -ne 2 ]]; then
  echo "usage: $0 BOOTSTRAP TOPIC" >&2
  exit 2
fi

# %S is the length of the value, -1 for a tombstone. Neither keys nor rows contain a tab or a line break.
kcat -C -q -e -b "$1" -t "$2" -o beginning -X isolation.level=read_committed -f '%k\t%S\t%s\n' |
  awk -F '\t' '
    $2 < 0 { delete row[$1]; next }
    { row[$1] = $3 }
    END { for (key in row) print key "\t" row[key] }' |
  LC_ALL=C sort
