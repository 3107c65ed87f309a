GO ?= go
BIN := bin/gradus

.PHONY: all demo test lint bench clean

all: $(BIN)

.PHONY: $(BIN)
$(BIN):
	$(GO) build -o $@ ./cmd/gradus

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

clean:
	rm -rf bin demo
