#!/usr/bin/env python3
"""BM25 beside bm25s on SciFact: times in turns on one core (the clock's and the processor's), medians of 5, and the scores of both for the same tokens.

    bench/.venv/bin/python bench/bm25/compare.py PROGRAM [../shared/data/scifact]

PROGRAM is bench/bm25 built. Each run is a process of its own that reads the texts first and is timed from there:
tokenizing and indexing the documents, then tokenizing and searching for all queries, 100 documents each. Ours writes
the index to disk and reads it back; bm25s keeps it in memory.
"""

import json
import os
import statistics
import subprocess
import sys
import time

RUNS = 5
DEPTH = 100


def read(path, *fields):
    with open(path, encoding="utf-8") as lines:
        return [" ".join(json.loads(line).get(f, "") for f in fields).strip() for line in lines]


def peer(collection):
    import bm25s
    import Stemmer

    documents, queries = read(collection + "/corpus.jsonl", "title", "text"), read(collection + "/queries.jsonl", "text")
    stemmer = Stemmer.Stemmer("english")
    tokenize = lambda texts: bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)
    clocks = lambda: (time.perf_counter(), time.process_time())
    spent = lambda before, after: {"wall": after[0] - before[0], "processor": after[1] - before[1]}
    start = clocks()
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    model.index(tokenize(documents), show_progress=False)
    indexed = clocks()
    model.retrieve(tokenize(queries), k=DEPTH, show_progress=False, n_threads=0)
    return {"index": spent(start, indexed), "search": spent(indexed, clocks())}


def child(*command):
    core = max(os.sched_getaffinity(0))
    out = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": "1"},
                         preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return json.loads(out.stdout)


def compare_scores(program, collection):
    import bm25s

    ours = child(program, "-collection", collection, "-scores")
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4, dtype="float64")
    model.index(ours["documents"], show_progress=False)
    most = compared = 0
    for query, hits in zip(ours["queries"], ours["hits"]):
        scores = model.get_scores([t for t in query if t in model.vocab_dict])
        for hit in hits:
            most = max(most, abs(float(scores[int(hit["DocID"])]) - hit["Score"]))
            compared += 1
    print(f"same tokens: {compared} scores, the largest difference {most:.1e}")


def main():
    if sys.argv[1] == "--peer":
        print(json.dumps(peer(sys.argv[2])))
        return
    program, collection = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "../shared/data/scifact"
    ours, peers = [], []
    for _ in range(RUNS):
        ours.append(child(program, "-collection", collection))
        peers.append(child(sys.executable, __file__, "--peer", collection))
    for what in ("index", "search"):
        for clock in ("wall", "processor"):
            a, b = (statistics.median(run[what][clock] for run in runs) for runs in (ours, peers))
            print(f"{what}\t{clock}\tgradus {a:.3f} s\tbm25s {b:.3f} s\t{b / a:.1f}x")
    compare_scores(program, collection)


main()
