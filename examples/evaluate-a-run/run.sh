#!/bin/sh
# Measures two runs that other programs made, tells whether they differ, and where.
#   sh run.sh
set -eu
cd "$(dirname "$0")"
gradus evaluate --qrels qrels.txt --run bm25.run --run theirs.run --measure nDCG@10 --measure 'RR(rel=2)@10' --measure Judged@10 --format text
gradus evaluate --qrels qrels.txt --run theirs.run --measure nDCG@10 --by-query
gradus compare --qrels qrels.txt --run bm25.run --run theirs.run --measure nDCG@10 --changed 2 --format text
