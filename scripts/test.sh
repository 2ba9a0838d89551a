#!/usr/bin/env bash
# Everything that says whether the hall works: installs what is needed, checks, then tests.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$*"; }

step "install"
bash scripts/install.sh

step "format, vet, staticcheck"
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "not gofmt'd: $unformatted" >&2
	exit 1
fi
CGO_ENABLED=0 go vet ./...
CGO_ENABLED=0 go tool -modfile=tools/go.mod staticcheck ./...
# The benchmarks are a module of their own: what the hall newly needs must stand in its go.sum too, and that is known in seconds.
(cd bench && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go test ./...)

step "generated code is current"
CGO_ENABLED=0 go tool -modfile=tools/go.mod templ generate >/dev/null 2>&1
if ! git diff --quiet -- '*_templ.go'; then
	echo "templ files are newer than their Go: run make generate and commit" >&2
	git diff --stat -- '*_templ.go' >&2
	exit 1
fi

step "one static binary"
CGO_ENABLED=0 go build -trimpath -o bin/unionhall ./cmd/unionhall

step "known vulnerabilities"
# The data lies on the network; where it cannot be reached, the rest still counts. 3 is what is said of a finding.
code=0
out=$(CGO_ENABLED=0 timeout 300 go tool -modfile=tools/go.mod govulncheck ./... 2>&1) || code=$?
if [ "$code" -eq 124 ] || { [ "$code" -eq 1 ] && grep -q 'fetching vulnerabilities' <<<"$out"; }; then
	echo "skipped: the vulnerability data cannot be reached from here"
elif [ "$code" -ne 0 ]; then
	echo "$out"
	exit 1
fi

step "tests, with the race detector"
CGO_ENABLED=1 go test -race -timeout 40m ./...
