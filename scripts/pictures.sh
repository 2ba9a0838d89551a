#!/usr/bin/env bash
# Makes the pictures of the guides anew, from the demonstration province, in docs/pictures.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install.sh
CGO_ENABLED=0 go test ./test/e2e -count=1 -run '^TestPictures$' -pictures "$PWD/docs/pictures"
