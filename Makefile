# leat: build, test and try. `make demo` and `make test` need Go, a C compiler and make.

GO   ?= go
# DuckDB's Arrow interface is opt-in in the driver.
TAGS ?= duckdb_arrow
TOOL  = $(GO) tool -modfile=.ci/tools/go.mod
BENCH ?= .

# Packages whose tests can rewrite what they compare with (UPDATE=1).
GOLDEN = $(addprefix ./,$(sort $(dir $(shell grep -rlE --include='*_test.go' '"UPDATE"' cmd lang compiler runtime plugins examples))))
# Packages whose tests hand over examples of diagnostics, which pages show: before the pages.
EXAMPLES = $(addprefix ./,$(sort $(dir $(shell grep -rlE --include='*_test.go' 'diagtest\.Example' cmd lang compiler runtime plugins))))
BENCHED = $(addprefix ./,$(sort $(dir $(shell grep -rlE --include='*_test.go' '^func Benchmark' cmd lang compiler runtime plugins examples))))

.PHONY: help build test layers lint bench demo golden check fuzz-short artifacts generate clean

help:
	@echo "make build       bin/leat, one binary"
	@echo "make test        every test; real PostgreSQL and dbt take part when present (see CONTRIBUTING.md)"
	@echo "make lint        golangci-lint, the layer rules included"
	@echo "make bench       benchmarks (BENCH=regexp selects)"
	@echo "make demo        plan and apply the example shop against a local sandbox"
	@echo "make golden      rewrite golden files and generated pages"
	@echo "make check       what has to pass before a commit is pushed"
	@echo "make fuzz-short  every fuzz target for FUZZTIME (5s)"
	@echo "make artifacts   run real dbt on examples/shop and refresh its target/"
	@echo "make generate    Go code of the plugin protocol (needs protoc)"

# Not -trimpath: with it, nothing that `make test` compiled could be used again.
build:
	$(GO) build -tags '$(TAGS)' -o bin/leat ./cmd/leat

test: layers
	$(GO) test -tags '$(TAGS)' -timeout 25m ./...
	@if [ -f examples/plugin-go/go.mod ]; then cd examples/plugin-go && $(GO) test ./...; fi
	@[ -n "$$LEAT_TEST_POSTGRES" ] || echo "note: LEAT_TEST_POSTGRES is not set; tests against a real PostgreSQL were skipped (.ci/with-postgres make test)"
	@[ -n "$$LEAT_DBT_VENV" ] || echo "note: LEAT_DBT_VENV is not set; tests with real dbt were skipped (LEAT_DBT_VENV=\$$(.ci/dbt-venv) make test)"

# Its result depends on every import in the module, which Go's test cache does not see.
layers:
	$(GO) test -count=1 ./cmd

lint:
	$(TOOL) golangci-lint run ./...
	@if [ -f examples/plugin-go/go.mod ]; then cd examples/plugin-go && $(GO) tool -modfile=$(CURDIR)/.ci/tools/go.mod golangci-lint run ./...; fi

bench:
	$(if $(BENCHED),$(GO) test -tags '$(TAGS)' -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m $(BENCHED),@echo "no benchmarks")

demo: build
	@$(GO) build -tags '$(TAGS)' -o bin/shop-warehouse ./examples/shop/warehouse
	@examples/shop/demo.sh

# Left out are the long tests that compare with no file.
golden:
	$(if $(EXAMPLES),UPDATE=1 $(GO) test -count=1 -short -tags '$(TAGS)' -timeout 25m $(filter-out $(GOLDEN),$(EXAMPLES)))
	$(if $(GOLDEN),UPDATE=1 $(GO) test -count=1 -skip '^(TestKill|TestKillLookups|TestRealDBT)$$' -tags '$(TAGS)' -timeout 25m $(GOLDEN),@echo "no golden files")

check: lint test
	.ci/golden-diff

fuzz-short:
	TAGS='$(TAGS)' .ci/fuzz-short

artifacts:
	examples/shop/refresh-artifacts.sh

generate:
	mkdir -p bin/protoc
	$(GO) build -modfile=.ci/tools/go.mod -o bin/protoc/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
	cd plugins/protocol && PATH="$(CURDIR)/bin/protoc:$$PATH" protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative leat.proto

clean:
	rm -rf bin dist
	rm -rf examples/shop/.leat examples/shop/exports examples/shop/logs
	rm -f examples/shop/*.duckdb examples/shop/*.duckdb.wal
