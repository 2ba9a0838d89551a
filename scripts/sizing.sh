#!/usr/bin/env bash
# Measures halls of several sizes and writes docs/sizing.md from what that prints; what is given goes to the benchmark
# (-members 1000,20000). A run that fails changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
(cd bench && CGO_ENABLED=0 go run ./sizing "$@") | tee "$out/sizing"
(cd bench && CGO_ENABLED=0 go run ./write sizes "$out/sizing") >"$out/sizing.md"
mv "$out/sizing.md" docs/sizing.md
