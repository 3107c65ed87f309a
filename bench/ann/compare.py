"""gradus, hnswlib and FAISS over the same vectors: a table of medians.

usage: compare.py PROGRAM VECTORS QUERIES TRUTH INDEX

PROGRAM is bench/ann built, and TRUTH and INDEX what it made with -build. The sides take turns, so that a machine that gets slower
gets slower for all. Times are of a second pass: milliseconds a query, on the wall and, in brackets, on processors.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import faiss
import hnswlib
import numpy as np

K, ALONE, ROUNDS = 100, 200, int(os.environ.get("ROUNDS", 5))


def read(folder):
    dim = json.load(open(f"{folder}/manifest.json"))["options"]["dim"]
    return np.fromfile(f"{folder}/vectors.f32", np.float32).reshape(-1, dim)


def speed(what, search, queries, truth):
    """What bench/ann measures of ours."""
    for _ in range(2):
        began, used = time.perf_counter(), time.process_time()
        found = search(queries)
        batch, batch_processor = time.perf_counter() - began, time.process_time() - used
    began, used = time.perf_counter(), time.process_time()
    for i in range(ALONE):
        search(queries[i : i + 1])
    single, single_processor = time.perf_counter() - began, time.process_time() - used
    recall = np.mean([len(set(f) & t) / len(t) for f, t in zip(found, truth)])
    n = len(queries)
    return {"what": what, "recall": recall, "batch": batch / n, "batch_processor": batch_processor / n,
            "single": single / ALONE, "single_processor": single_processor / ALONE}


def graph(vectors, path, threads):
    """hnswlib's index, built once."""
    index = hnswlib.Index("ip", vectors.shape[1])
    if os.path.exists(path):
        index.load_index(path)
    else:
        index.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
        index.set_num_threads(threads)
        began, used = time.perf_counter(), time.process_time()
        index.add_items(vectors)
        took, used = time.perf_counter() - began, time.process_time() - used
        index.save_index(path)
        print(f"# hnswlib, M 16: built in {took:.0f} s ({used:.0f} s of processors), {os.path.getsize(path) >> 20} MiB with the vectors", flush=True)
    index.set_num_threads(threads)
    return index


def main():
    program, folder, asked, nearest, ours = sys.argv[1:]
    vectors, queries = read(folder), read(asked)
    truth = [set(map(int, line.split())) for line in open(nearest)]
    threads = len(os.sched_getaffinity(0))
    faiss.omp_set_num_threads(threads)
    hnsw = graph(vectors, ours + ".hnswlib", threads)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    runs, loads = {}, []
    for _ in range(ROUNDS):
        loads.append(os.getloadavg()[0])
        out = subprocess.run([program, "-vectors", folder, "-queries", asked, "-out", ours], check=True, capture_output=True, text=True)
        figures = [("gradus, " + f["what"], f) for f in map(json.loads, out.stdout.splitlines())]
        figures.append(("faiss flat", speed("", lambda q: flat.search(q, K)[1], queries, truth)))
        for ef in (100, 150, 200, 400):
            hnsw.set_ef(ef)
            figures.append((f"hnswlib, ef {ef}", speed("", lambda q: hnsw.knn_query(q, K)[0], queries, truth)))
        for name, figure in figures:
            runs.setdefault(name, []).append(figure)
    print(f"# {len(vectors)} x {vectors.shape[1]}, {len(queries)} queries, k {K}, {threads} cores; load {min(loads):.1f} to {max(loads):.1f}")
    print("side\trecall@100\tat once, ms a query\tto exact\tone by one, ms\tto exact")
    median = lambda name, what: 1000 * statistics.median(run[what] for run in runs[name])
    for name in runs:
        cells = [name, f"{runs[name][0]['recall']:.4f}"]
        for what in ("batch", "single"):
            wall, used = median(name, what), median(name, what + "_processor")
            exact, exact_used = median("gradus, exact", what), median("gradus, exact", what + "_processor")
            cells += [f"{wall:.3f} ({used:.3f})", f"{exact / wall:.1f}x ({exact_used / used:.1f}x)"]
        print("\t".join(cells))


main()
