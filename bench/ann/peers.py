"""hnswlib and FAISS over the vectors that bench/ann measures gradus on; a JSON line a figure.

usage: peers.py VECTORS QUERIES TRUTH
"""

import json
import os
import resource
import sys
import time

import faiss
import hnswlib
import numpy as np

K = 100


def read(folder):
    manifest = json.load(open(os.path.join(folder, "manifest.json")))
    dim = manifest["options"]["dim"]
    return np.fromfile(os.path.join(folder, "vectors.f32"), np.float32).reshape(-1, dim)


def speed(what, search, queries, truth):
    """The fastest of three passes, like bench/ann's."""
    batched = single = 0.0
    for _ in range(3):
        began = time.perf_counter()
        found = search(queries)
        batched = max(batched, len(queries) / (time.perf_counter() - began))
        some = queries[:200]
        began = time.perf_counter()
        for i in range(len(some)):
            search(some[i : i + 1])
        single = max(single, len(some) / (time.perf_counter() - began))
    hits = sum(len(set(f) & t) for f, t in zip(found, truth))
    recall = hits / sum(len(t) for t in truth)
    print(json.dumps({"what": what, "recall": recall, "batched": batched, "single": single}), flush=True)


def memory():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def main():
    vectors, queries = read(sys.argv[1]), read(sys.argv[2])
    truth = [set(map(int, line.split())) for line in open(sys.argv[3])]
    dim, threads = vectors.shape[1], os.cpu_count()
    faiss.omp_set_num_threads(threads)

    flat = faiss.IndexFlatIP(dim)
    flat.add(vectors)
    speed("faiss flat", lambda q: flat.search(q, K)[1], queries, truth)
    del flat

    before, began = memory(), time.perf_counter()
    index = hnswlib.Index("ip", dim)
    index.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
    index.set_num_threads(threads)
    index.add_items(vectors)
    print(json.dumps({"peer": "hnswlib M 16", "build": time.perf_counter() - began, "bytes": memory() - before}), flush=True)
    for ef in (100, 150, 200, 300, 400, 600, 900):
        index.set_ef(ef)
        speed(f"hnswlib M 16 ef {ef}", lambda q: index.knn_query(q, K)[0], queries, truth)
    del index

    began = time.perf_counter()
    lists = int(4 * len(vectors) ** 0.5)
    ivf = faiss.index_factory(dim, f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
    ivf.train(vectors)
    ivf.add(vectors)
    print(json.dumps({"peer": "faiss IVF flat", "build": time.perf_counter() - began, "bytes": vectors.nbytes}), flush=True)
    for share in (50, 30, 20, 12, 8):
        ivf.nprobe = max(1, lists // share)
        speed(f"faiss IVF{lists} flat, probe {ivf.nprobe}", lambda q: ivf.search(q, K)[1], queries, truth)


main()
