#!/usr/bin/env bash
# Programs that the end-to-end tests run, beside what Python brings: installs what is missing, from Debian's packages.
set -euo pipefail

packages=()
need() { command -v "$1" > /dev/null || packages+=("$2"); }
need prometheus prometheus
need promtool prometheus
need prometheus-alertmanager prometheus-alertmanager
need amtool prometheus-alertmanager
need chromium chromium
need kcat kcat
# Without its glyphs, Korean and Chinese pages measure empty boxes.
need fc-list fontconfig
if ! command -v fc-list > /dev/null || [ -z "$(fc-list ':lang=ko')" ] || [ -z "$(fc-list ':lang=zh-cn')" ]; then
  packages+=(fonts-noto-cjk)
fi
[ ${#packages[@]} = 0 ] && exit 0

mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
install="apt-get install -y --no-install-recommends ${packages[*]}"
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "Missing for the end-to-end tests: ${packages[*]}. On Debian and Ubuntu: sudo $install" >&2
  exit 1
fi
echo "Installing ${packages[*]}"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && $install -qq; } > "$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi
rm -f "$log"
