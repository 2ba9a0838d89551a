#!/usr/bin/env bash
# Runs the benchmarks named and writes docs/benchmarks.md from what they print; those not named keep their sections. A
# benchmark that fails changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for name in "${@:-hall}"; do
	echo "running $name …" >&2
	(cd bench && CGO_ENABLED=0 go run "./$name") | tee "$out/$name"
done
(cd bench && CGO_ENABLED=0 go run ./write "$out" ../docs/benchmarks.md) >"$out/benchmarks.md"
mv "$out/benchmarks.md" docs/benchmarks.md
