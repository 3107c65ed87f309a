#!/bin/sh
# Graded passages from a model of Ollama's, and an encoder trained on them.
#   sh run.sh QUERIES.jsonl [OUT]
# LLM is Ollama's address, MODEL one of ollama list.
set -eu
queries=${1:?want the file of queries}
out=${2:-ollama.out}

# Ollama answers OLLAMA_NUM_PARALLEL requests at once, one if it is short of memory; a cold model takes its time to load.
gradus generate --queries "$queries" --llm "${LLM:-http://localhost:11434/v1}" --model "${MODEL:-qwen2.5:7b}" \
	--concurrency "${CONCURRENCY:-2}" --timeout 15m --out "$out/graded"
gradus train --encoder "${ENCODER:-minilm}" --source "dir=$out/graded,split=train" --loss ws2 --queries-per-step "${QUERIES_PER_STEP:-16}" --out "$out/model"
