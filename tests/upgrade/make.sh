#!/usr/bin/env bash
# Makes the archives of this folder anew: each release's own workers, from its own commit, in an environment of its own.
#
#   tests/upgrade/make.sh 0.1.0        needs the virtual environment of `make setup`, and the packages of the release
#
# Releases and their last commits. Of 0.1.0 there is no tag: after this commit begins what CHANGELOG.md lists under 0.2.0.
set -euo pipefail
declare -A COMMITS=([0.1.0]=e518f6aa)

release=${1:?"name a release: ${!COMMITS[*]}"}
commit=${COMMITS[$release]:?"not one of: ${!COMMITS[*]}"}
root=$(git rev-parse --show-toplevel)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

git -C "$root" archive "$commit" | tar -x -C "$folder"
"$root/.venv/bin/python" -m venv "$folder/.venv"
"$folder/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	-r "$folder/requirements-run.lock"
cd "$root"
.venv/bin/python -m tests.upgrade.archive "$folder/.venv/bin/python" "$folder" "tests/upgrade/state-$release.jsonl.gz"
