# The four commands of this repository; CI runs `make test`.
.PHONY: fmt lint test test-firefox bench generate conformance mutate setup

GO         ?= go
STATICCHECK = $(GO) tool -modfile=internal/tools/go.mod staticcheck
DEADCODE    = $(GO) tool -modfile=internal/tools/go.mod deadcode
# Without the checkers of other languages, which one machine has and another one has not.
ACTIONLINT  = $(GO) tool -modfile=internal/tools/go.mod actionlint -shellcheck= -pyflakes=
NPM_READY   = npm/node_modules/.package-lock.json
# What the tests of the npm client need besides: other runtimes, and projects that use the package.
NPM_TESTS_READY = npm/test/runtimes/node_modules/.package-lock.json npm/test/consumers/node_modules/.package-lock.json

# What the tests need besides Go; internal/setup knows where to get it.
NEEDS = cc node chromium firefox-esr

# The script engine is some 45 times slower under the race detector, so the packages whose tests run
# much script are tested without it. Of host the tests that have several agents are run once more,
# with it; see host/README.md.
SCRIPT_HEAVY = host host/hosttest host/internal/qjs host/internal/heap host/internal/html host/internal/globalscope conformance examples
SEVERAL_AGENTS = 'Message|Worker|Connect|Frame|Close|Wait|Page|Eval|Window|Navigation|PortsOf|Agents|Terminate|Shared'

# Formats the Go sources.
fmt:
	gofmt -w $$(git ls-files '*.go')

# Vets, checks formats, types and the workflows.
lint: $(NPM_READY)
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || \
		{ echo "not gofmt'ed (make fmt):"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	@dead=$$($(DEADCODE) -test ./...); test -z "$$dead" || { echo "nobody calls these:"; echo "$$dead"; exit 1; }
	$(ACTIONLINT) $$(git ls-files '.github/workflows/*.yml')
	cd bench && $(GO) vet .
	npm --prefix npm run --silent check

# Everything: lint, the Go tests with the race detector, the TypeScript tests, a real Chromium and a
# real Firefox. It first brings what it lacks.
test: lint $(NPM_TESTS_READY)
	$(GO) test -race -timeout 20m $$($(GO) list ./... $(SCRIPT_HEAVY:%=| grep -v '/entangle/%$$'))
	$(GO) test -timeout 20m $(SCRIPT_HEAVY:%=./%)
	$(GO) test -race -timeout 20m -short -run $(SEVERAL_AGENTS) ./host
	npm --prefix npm test --silent
	$(MAKE) test-firefox

# The browser tests of the npm client in Firefox.
test-firefox: $(NPM_READY)
	ENTANGLE_BROWSER=firefox $(GO) test -timeout 20m -run TestBrowser ./npm

# Entangle beside its peers, as ratios of one interleaved run.
bench:
	cd bench && npm ci --silent && $(GO) run .

# Tests the tests of a package, by its own tests: make mutate PKG=./hub. It prints the mutants that
# live and have no reason in internal/mutate/survivors.txt. It takes minutes.
mutate:
	@test -n "$(PKG)" || { echo "say which package: make mutate PKG=./hub"; exit 1; }
	$(GO) run ./internal/mutate $(PKG)

# The web-platform-tests in the host, against conformance/ledger.json: make conformance WPT=DIR,
# where DIR is a checkout of the tests. UPDATE=1 writes the ledger and docs/conformance.md anew.
conformance:
	@test -n "$(WPT)" || { echo "say where the tests are: make conformance WPT=DIR"; exit 1; }
	$(GO) run ./conformance --wpt "$(WPT)" $(if $(UPDATE),--update)

# Rewrites what is generated: the bundles in npm/dist and of the demo, docs/rules.md.
generate: $(NPM_READY)
	$(GO) generate ./...

# Brings what the tests need and this machine lacks, with apt, or says how to get it. NO_SETUP=1
# leaves it out.
setup:
	@command -v $(GO) >/dev/null || { echo "Please install Go 1.26 or newer: https://go.dev/doc/install"; exit 1; }
	@$(GO) run ./internal/setup $(NEEDS)

$(NPM_READY): npm/package-lock.json
$(NPM_TESTS_READY): npm/test/%/node_modules/.package-lock.json: npm/test/%/package-lock.json
$(NPM_READY) $(NPM_TESTS_READY): | setup
	npm --prefix $(@D)/.. ci --silent
	@touch $@
