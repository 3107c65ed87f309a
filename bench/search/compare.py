#!/usr/bin/env python3
"""Exact search beside FAISS's flat index: 200,000 rows of 384, the best 100 of each of 1,000 queries, at once and one by one.

    bench/.venv/bin/python bench/search/compare.py PROGRAM FOLDER

PROGRAM is bench/search built; FOLDER is for the rows, about 1 GB. Each run is a process of its own that has the rows in
memory, or mapped, and is timed in searching alone, with 2 threads. The runs of all sides are in turns, and the table has their medians:
milliseconds a query, on the wall and, in brackets, on processors.
"""

import json
import os
import statistics
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", 5))
ROWS, QUERIES, DIM, DEPTH, ALONE = 200_000, 1_000, 384, 100, 200
SIDES = {"gradus": [], "gradus, float32 alone": ["-plain"], "gradus, float16": ["-store", "float16"], "gradus, int8": ["-store", "int8"]}


def made_up(kind):
    import numpy

    random = numpy.random.default_rng(1)
    points = random.standard_normal((ROWS + QUERIES, DIM), dtype=numpy.float32)
    if kind == "spectrum":  # a few directions carry most, as with embeddings
        points *= (numpy.arange(1, DIM + 1, dtype=numpy.float32) ** -0.5)[None, :]
        turn, _ = numpy.linalg.qr(random.standard_normal((DIM, DIM)))
        points = points @ turn.astype(numpy.float32)
    points /= numpy.linalg.norm(points, axis=1, keepdims=True)
    return points[:ROWS], points[ROWS:]


def peer(folder, kind):
    import faiss
    import numpy

    faiss.omp_set_num_threads(2)
    rows, queries = (numpy.fromfile(f"{folder}/{kind}.{name}", dtype=numpy.float32).reshape(-1, DIM) for name in ("rows", "queries"))
    flat = faiss.IndexFlatIP(DIM)
    flat.add(rows)
    for _ in range(2):
        start, used = time.perf_counter(), time.process_time()
        _, found = flat.search(queries, DEPTH)
        batch, batch_processor = time.perf_counter() - start, time.process_time() - used
    singles, used = [], time.process_time()
    for i in range(ALONE):
        start = time.perf_counter()
        flat.search(queries[i : i + 1], DEPTH)
        singles.append(time.perf_counter() - start)
    single_processor = (time.process_time() - used) / ALONE
    found.astype(numpy.int64).tofile(f"{folder}/{kind}.faiss.found")
    print(json.dumps({"batch": batch, "batch_processor": batch_processor, "single": statistics.median(singles), "single_processor": single_processor}))


def child(*command):
    cores = set(sorted(os.sched_getaffinity(0))[:2])
    out = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": "2", "OMP_NUM_THREADS": "2"},
                         preexec_fn=lambda: os.sched_setaffinity(0, cores))
    return json.loads(out.stdout)


def compare_found(folder, kind, name):
    """Shares of the queries whose rows found are the same, and the same up to scores that tie in float32."""
    import numpy

    rows, queries = (numpy.fromfile(f"{folder}/{kind}.{part}", dtype=numpy.float32).reshape(-1, DIM) for part in ("rows", "queries"))
    ours, theirs = (numpy.fromfile(f"{folder}/{kind}.{side}.found", dtype=numpy.int64).reshape(-1, DEPTH) for side in (name, "faiss"))
    same = tied = 0
    for query, a, b in zip(queries.astype(numpy.float64), ours, theirs):
        same += set(a) == set(b)
        scores = [numpy.sort(rows[found].astype(numpy.float64) @ query) for found in (a, b)]
        tied += bool(numpy.abs(scores[0] - scores[1]).max() < 1e-6)
    return f"same rows for {same} queries of {QUERIES}, same scores to 1e-6 for {tied}"


def main():
    if sys.argv[1] == "--peer":
        return peer(*sys.argv[2:])
    program, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for kind in ("gaussian", "spectrum"):
        for name, points in zip(("rows", "queries"), made_up(kind)):
            points.tofile(f"{folder}/{kind}.{name}")
        ours = {name: [program, "-rows", f"{folder}/{kind}.rows", "-queries", f"{folder}/{kind}.queries", "-folder", f"{folder}/{kind}.{i}", "-out", f"{folder}/{kind}.{name}.found", *flags]
                for i, (name, flags) in enumerate(SIDES.items())}
        commands = {**ours, "faiss": [sys.executable, __file__, "--peer", folder, kind]}
        for command in ours.values():
            child(*command)  # writes the folder
        runs = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                runs[name].append(child(*command))
        print(f"# {kind}: load {os.getloadavg()[0]:.1f}")
        print("side\tat once, ms a query\tto FAISS\tone by one, ms\tto FAISS")
        median = lambda name, what: statistics.median(run[what] for run in runs[name])
        for name in commands:
            cells = [name]
            for what, queries in (("batch", QUERIES), ("single", 1)):
                wall, used = median(name, what), median(name, what + "_processor")
                ratio, ratio_used = median("faiss", what) / wall, median("faiss", what + "_processor") / used
                cells += [f"{1000 * wall / queries:.3f} ({1000 * used / queries:.3f})", f"{ratio:.2f}x ({ratio_used:.2f}x)"]
            print("\t".join(cells), flush=True)
        for name in ("gradus", "gradus, float32 alone"):
            print(f"{name}: {compare_found(folder, kind, name)}")


main()
