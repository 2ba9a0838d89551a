# The two commands: make run, make test. Everything else serves development.
SHELL := /bin/bash
export CGO_ENABLED ?= 0
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod

.PHONY: run build test check faults generate assets bench-hall bench-import sizing benchmarks pictures clean

run: ## the hall with demonstration data on http://localhost:8080
	$(GO) run ./cmd/unionhall serve --demo

build: ## one static binary in bin/
	$(GO) build -trimpath -ldflags "-s -w" -o bin/unionhall ./cmd/unionhall

test: ## installs what the tests need, then runs everything
	bash scripts/test.sh

faults: ## ten minutes of faults on each engine: kill -9, full disks, a store and a file service that go away, clocks that are set
	bash scripts/install.sh
	$(GO) test ./test/crash -run TestFaults -faults 10m -timeout 60m -count=1 -v

check: ## what can be known without running the program
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	cd bench && $(GO) mod tidy -diff && $(GO) vet ./...

generate: ## Go from templates
	$(TOOL) templ generate

assets: ## CSS, scripts and icons from their npm packages; needs Node, which neither run nor test do
	bash assets/build.sh

bench-hall: ## the hall under 64 users, on both engines, beside the machine's own ceiling
	bash scripts/install.sh
	cd bench && $(GO) run ./hall

bench-import: ## a list of 100,000 workers from XLSX and CSV, beside excelize's own streaming read
	cd bench && $(GO) run ./import

sizing: ## docs/sizing.md, from a run on halls of 1,000 to 1,000,000 members; some ten minutes
	bash scripts/sizing.sh

benchmarks: ## docs/benchmarks.md, from a run
	bash scripts/benchmarks.sh hall import

pictures: ## the screenshots of the guides
	bash scripts/pictures.sh

clean:
	rm -rf bin coverage.out
