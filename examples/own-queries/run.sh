#!/bin/sh
# From queries without labels to a trained encoder, and what it does on a few that have them.
#   sh run.sh [OUT]      everything goes into OUT, own-queries.out if none is named
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-own-queries.out}
mkdir -p "$out"
cd "$out"

# An LLM writes a passage of each grade for each query; stopped, the same command goes on.
gradus generate --queries "$here/queries.jsonl" --domain "bicycle repair manuals" --llm "${LLM:-embedded}" --out graded

# The encoder learns their order.
gradus train --encoder "${ENCODER:-minilm}" --source dir=graded,split=train --loss ws2 --queries-per-step 4 --out my-model

# Before and after, beside BM25, on the queries whose answers are known.
for encoder in "${ENCODER:-minilm}" my-model; do
	name=$(basename "$encoder")
	gradus encode --encoder "$encoder" --collection "$here/collection" --out "$name.vectors"
	gradus search --encoder "$encoder" --collection "$here/collection" --split test --vectors "$name.vectors" --out "$name.run"
done
gradus search --bm25 --collection "$here/collection" --split test --out bm25.run
gradus evaluate --qrels "$here/collection/qrels/test.tsv" --run bm25.run --run "$(basename "${ENCODER:-minilm}").run" --run my-model.run --format text
