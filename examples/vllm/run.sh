#!/bin/sh
# Graded passages from an LLM behind vLLM, checked by a judge, and judged once more as a whole.
#   sh run.sh QUERIES.jsonl [OUT]
# LLM is the server's address, MODEL its model (default: the only one it serves).
set -eu
queries=${1:?want the file of queries}
out=${2:-vllm.out}
llm=${LLM:-http://localhost:8000/v1}

# What it will take, from ten queries that are really asked for; the run begins with their answers.
gradus generate --queries "$queries" --llm "$llm" --model "${MODEL:-}" --dry-run --out "$out/graded"

# As many requests at once as the server makes use of; what the judge takes for another grade is asked for again.
gradus generate --queries "$queries" --llm "$llm" --model "${MODEL:-}" --out "$out/graded"

# How far the grades are to be trusted: the same LLM grades what was written, without knowing for which grade.
gradus judge --collection "$out/graded" --split train --llm "$llm" --model "${MODEL:-}" --out "$out/judged.tsv"
