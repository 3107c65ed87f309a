GO ?= go
BIN := bin/gradus
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share

.PHONY: all install demo test lint bench fuzz vulncheck clean

all: $(BIN)

.PHONY: $(BIN)
$(BIN):
	$(GO) build -o $@ ./cmd/gradus

# The binary, the manual's pages, and what shells complete with, below PREFIX.
install: $(BIN)
	install -D $(BIN) $(DESTDIR)$(PREFIX)/bin/gradus
	$(BIN) man --out $(SHARE)/man/man1
	mkdir -p $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(BIN) completion bash > $(SHARE)/bash-completion/completions/gradus
	$(BIN) completion zsh > $(SHARE)/zsh/site-functions/_gradus
	$(BIN) completion fish > $(SHARE)/fish/vendor_completions.d/gradus.fish

# The whole way on a small real collection: graded documents from an LLM,
# list-wise training, evaluation, a table. Interrupted, it goes on.
demo: $(BIN)
	$(BIN) setup
	$(BIN) demo --out demo

# Fetches what the tests need (the XLA plugin, the encoder, the embedded LLM), once.
test: lint $(BIN)
	$(BIN) setup
	$(GO) test -timeout 20m ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "not gofmt'd"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# Side by side with sentence-transformers and the Rust tokenizer; writes docs/benchmarks.md.
bench: $(BIN)
	bench/run

# Every fuzz function for so many seconds; what it finds stays as a seed.
FUZZSECONDS ?= 60
fuzz:
	bench/fuzz/run $(FUZZSECONDS)

# Known vulnerabilities in what gradus is built of; VULNFLAGS=-db=URL takes a copy of the database.
vulncheck:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 $(VULNFLAGS) -test ./...

clean:
	rm -rf bin demo
