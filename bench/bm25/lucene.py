#!/usr/bin/env python3
"""Holds the scores of gradus on SciFact against Lucene's, for all queries of its splits and 1,000 documents each.

    python3 bench/bm25/lucene.py GRADUS JAR [../shared/data/scifact]

GRADUS is the program, JAR Anserini's; bench/bm25/Lucene.java says where it is to be had. Both runs are left in bench/out/lucene.
"""

import os
import struct
import subprocess
import sys

DEPTH = 1000
OUT = "bench/out/lucene"


def single(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def read(path, run):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            query, _, document, _, score, _ = line.split()
            run.setdefault(query, {})[document] = single(score)
    return run


def main():
    gradus, jar = sys.argv[1:3]
    collection = sys.argv[3] if len(sys.argv) > 3 else "../shared/data/scifact"
    os.makedirs(OUT, exist_ok=True)
    ours = {}
    for split in ("train", "test"):
        path = f"{OUT}/{split}.run"
        subprocess.run([gradus, "search", "--collection", collection, "--split", split, "--bm25", "--depth", str(DEPTH), "--out", path], check=True)
        read(path, ours)
    with open(f"{OUT}/lucene.run", "w") as out, open(f"{collection}/queries.jsonl") as queries:
        subprocess.run(["java", "-cp", jar, "bench/bm25/Lucene.java", "search", f"{collection}/corpus.jsonl", str(DEPTH)],
                       check=True, stdin=queries, stdout=out, stderr=subprocess.DEVNULL)
    theirs = {query: ranking for query, ranking in read(f"{OUT}/lucene.run", {}).items() if query in ours}
    same = other = tied = missing = 0
    for query, ranking in theirs.items():
        last = min(ranking.values())
        for document, score in ranking.items():
            if document in ours[query]:
                same += ours[query][document] == score
                other += ours[query][document] != score
            else:  # of several documents tied for the last ranks, Lucene keeps the first indexed
                tied += score == last
                missing += score != last
    print(f"{len(theirs)} queries: {same} scores the same to the bit, {other} others; "
          f"{tied} documents only Lucene has, tied at rank {DEPTH}; {missing} others")


main()
