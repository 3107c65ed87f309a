"""Times gradus evaluate and ir_measures on the same files: 2,000 queries of
1,000 documents each, 2,000,000 lines of a run, and qrels of 50 documents a
query, to nDCG@10, RR@10, AP and R@100. Each program runs as its own process,
from files to printed values, the two in turn; medians and their ratio are printed.

    make && bench/.venv/bin/python bench/measures/speed.py [--rounds 5] [--keep DIR]
"""

import argparse
import gzip
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

QUERIES, DEPTH, JUDGED = 2_000, 1_000, 50
MEASURES = ["nDCG@10", "RR@10", "AP", "R@100"]
HERE = os.path.dirname(os.path.abspath(__file__))


def write(folder):
    """Writes run and qrels, scores with six decimals as Pyserini has them, and the run gzipped as well."""
    rng = random.Random(1)
    run, qrels = os.path.join(folder, "speed.run"), os.path.join(folder, "speed.qrels")
    if os.path.exists(run + ".gz"):
        return run, qrels
    with open(run, "w") as out, open(qrels, "w") as grades:
        for query in range(QUERIES):
            ranked = rng.sample(range(8_841_823), DEPTH)
            score = 30.0
            for rank, doc in enumerate(ranked, 1):
                score -= rng.random() / 50
                out.write(f"{1_000_000 + query} Q0 {doc} {rank} {score:.6f} bench\n")
            judged = set(rng.sample(ranked, JUDGED // 2)) | set(rng.sample(range(8_841_823), JUDGED // 2))
            for doc in sorted(judged):
                grades.write(f"{1_000_000 + query} 0 {doc} {rng.choice([0, 0, 1, 2, 3])}\n")
    with open(run, "rb") as plain, gzip.open(run + ".gz", "wb", compresslevel=6) as packed:
        packed.write(plain.read())
    return run, qrels


def timed(command):
    """Seconds on the clock, seconds of processors, peak memory in MB and output of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out


def values(text):
    """The last column of each line, by measure."""
    return {line.split("\t")[0]: float(line.split("\t")[-1]) for line in text.splitlines()}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--gradus", default=os.path.join(HERE, "../../bin/gradus"))
    options.add_argument("--keep", help="a folder for the input, made once")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run, qrels = write(args.keep or scratch)
        ours = [args.gradus, "evaluate", "--qrels", qrels, "--run", run] + [f"--measure={m}" for m in MEASURES]
        packed = [run + ".gz" if word == run else word for word in ours]
        theirs = [os.path.join(os.path.dirname(sys.executable), "ir_measures"), qrels, run] + MEASURES
        programs = {"gradus": ours, "gradus, run gzipped": packed, "ir_measures": theirs}
        seconds, busy, memory, printed = {name: [] for name in programs}, {name: [] for name in programs}, {}, {}
        for _ in range(args.rounds):
            for name, command in programs.items():
                took, cpu, peak, printed[name] = timed(command)
                seconds[name].append(took)
                busy[name].append(cpu)
                memory[name] = max(peak, memory.get(name, 0))
    reference = values(printed["ir_measures"])
    middle = statistics.median(seconds["ir_measures"])
    print(f"{QUERIES * DEPTH:,} run lines, {os.cpu_count()} processors, medians of {args.rounds} rounds")
    for name in programs:
        far = max(abs(values(printed[name])[m] - reference[m]) for m in reference)
        median = statistics.median(seconds[name])
        print(f"{name:20} {median:7.3f} s  {middle / median:5.1f} x  {statistics.median(busy[name]):6.2f} s of processors  {memory[name]:6.0f} MB  largest difference {far:.4f}")


if __name__ == "__main__":
    main()
