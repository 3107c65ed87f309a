"""Holds gradus against ir_measures and the programs it asks, on random runs.

    python3 -m venv bench/.venv
    bench/.venv/bin/pip install ir-measures==0.4.3 pytrec_eval-terrier==0.5.11 cwl-eval==1.0.12
    bench/.venv/bin/python bench/measures/random_runs.py check [--runs 10000] [--trec-eval PROGRAM]
    bench/.venv/bin/python bench/measures/random_runs.py record > measure/testdata/random_runs.jsonl

check evaluates so many runs with bin/gradus and prints, for each measure, how many
values were compared, the largest difference, and how many exceed the tolerance. record writes a
sample with the reference values, which the tests of measure read.

The runs have tied scores, queries absent from the run or from the qrels,
unjudged documents, negative grades, queries for which nothing is relevant, and
rankings shorter than the cutoffs. Scores are exact in float32, which
pytrec_eval keeps them in.

Who gives the reference:
  ir_measures     most measures, through pytrec_eval (trec_eval's own C code)
  ir_measures, on the run with its ties broken as trec_eval breaks them
                  RR@k (msmarco_eval), Judged (its own), RBP (cwl_eval): these break ties otherwise, or not at all
  gdeval.pl       ERR@k and nDCG with exponential gains, five decimals, needs perl; and the definition below to 1e-9
  the definition  DCG, ERR(max_rel=), RBP@k, written out below: no program has them
"""

import argparse
import collections
import json
import math
import os
import random
import subprocess
import tempfile

import ir_measures
import pytrec_eval

HERE = os.path.dirname(os.path.abspath(__file__))
PER_FILE = 100  # runs in one pair of files

TREC = [
    "nDCG", "nDCG@3", "nDCG@10", "nDCG(judged_only=True)@5", "nDCG(gains={1:3,2:1,3:9})@5",
    "AP", "AP@5", "AP(rel=2)", "AP(judged_only=True)", "RR", "RR(rel=2)", "RR(judged_only=True)",
    "R@5", "R(rel=2)@5", "R(judged_only=True)@3", "P@5", "P(rel=3)@10", "P(rel=2,judged_only=True)@3",
    "Rprec", "Rprec(rel=2)", "Rprec(judged_only=True)", "Success@1", "Success(rel=2)@5",
    "Bpref", "Bpref(rel=2)", "infAP", "infAP(rel=2)", "IPrec@0.0", "IPrec@0.1", "IPrec(rel=2)@0.5", "IPrec@1.0",
    "SetP", "SetP(rel=2)", "SetP(relative=True)", "SetP(judged_only=True)", "SetR", "SetF", "SetF(beta=2.0)", "SetF(rel=2,judged_only=True)", "SetAP",
    "NumRet(rel=1)", "NumRet(rel=2)", "NumRel", "NumQ",
]
BROKEN_TIES = ["RR@3", "RR(rel=2)@5", "Judged@5", "Judged", "RBP(rel=1)", "RBP(p=0.5,rel=2)"]
GDEVAL = ["nDCG(dcg='exp-log2')@5", "nDCG(dcg='exp-log2')@20", "ERR@5", "ERR@20"]
COUNTS = {"NumRel", "NumQ"}  # ir_measures has 0 for a query absent from the run; trec_eval -c and gradus count it


def gain(grade, exponential):
    grade = max(grade, 0)
    return 2**grade - 1 if exponential else grade


def dcg(grades, exponential=False):
    return sum(gain(g, exponential) / math.log2(i + 2) for i, g in enumerate(grades))


def exponential_ndcg(grades, ideal, k):
    best = dcg(ideal[:k], True)
    return dcg(grades[:k], True) / best if best else 0.0


def err(grades, highest):
    value, goes_on = 0.0, 1.0
    for i, grade in enumerate(grades):
        stops = (2 ** min(max(grade, 0), highest) - 1) / 2**highest
        value += goes_on * stops / (i + 1)
        goes_on *= 1 - stops
    return value


def rbp(grades, p, rel):
    return (1 - p) * sum(p**i for i, grade in enumerate(grades) if grade >= rel)


# by measure, of the grades by rank (0 for none) and of all grades, descending
DEFINITIONS = {
    "nDCG(dcg='exp-log2')@5": lambda ranked, ideal: exponential_ndcg(ranked, ideal, 5),
    "nDCG(dcg='exp-log2')@20": lambda ranked, ideal: exponential_ndcg(ranked, ideal, 20),
    "ERR@5": lambda ranked, ideal: err(ranked[:5], 4),
    "ERR@20": lambda ranked, ideal: err(ranked[:20], 4),
    "ERR(max_rel=2)": lambda ranked, ideal: err(ranked, 2),
    "DCG": lambda ranked, ideal: dcg(ranked),
    "DCG(dcg='exp-log2')@5": lambda ranked, ideal: dcg(ranked[:5], True),
    "RBP(p=0.9,rel=1)@4": lambda ranked, ideal: rbp(ranked[:4], 0.9, 1),
}

# trec_eval's names for what it prints with -q -c, for an optional look at the program itself
TREC_EVAL = {
    "nDCG": "ndcg", "nDCG@10": "ndcg_cut_10", "AP": "map", "AP@5": "map_cut_5", "RR": "recip_rank", "R@5": "recall_5", "P@5": "P_5",
    "Rprec": "Rprec", "Success@1": "success_1", "Bpref": "bpref", "infAP": "infAP",
    "SetP": "set_P", "SetP(relative=True)": "set_relative_P", "SetR": "set_recall", "SetF": "set_F", "SetAP": "set_map",
    "NumRet": "num_ret", "NumRet(rel=1)": "num_rel_ret",
}


def case(rng, names):
    """One run with its qrels. Query ids are numbers, which gdeval.pl wants."""
    pool = [f"d{i}" for i in range(rng.randint(3, 24))]
    grades = rng.choice([[0, 1], [0, 1, 2, 3], [-2, -1, 0, 1, 2], [0, 0, 0, 4], [-1, 0, 1]])
    steps = rng.choice([2, 6, 1000])  # few steps make many ties
    qrels, run = {}, {}
    for _ in range(rng.randint(1, 4)):
        query = next(names)
        judged = rng.sample(pool, rng.randint(1, min(12, len(pool))))
        qrels[query] = {d: rng.choice(grades) for d in judged}
        if rng.random() < 0.85:
            docs = rng.sample(pool, rng.randint(1, min(16, len(pool))))
            run[query] = {d: rng.randint(-steps, steps) / 8 for d in docs}
    if rng.random() < 0.2 or not run:
        run[next(names)] = {"d0": 1.0}
    return qrels, run


def ordered(docs):
    """The documents in trec_eval's order: by score, ties by id, both descending."""
    return sorted(docs, key=lambda d: (docs[d], d), reverse=True)


def ties_broken(run):
    return {q: {d: float(-rank) for rank, d in enumerate(ordered(docs))} for q, docs in run.items()}


def safe(qrels):
    """Queries whose grades are all negative get 0 in their place: trec_eval
    reads memory that is not its own for them, and their values are 0 either way."""
    return {q: docs if max(docs.values()) >= 0 else {d: 0 for d in docs} for q, docs in qrels.items()}


def references(qrels, run):
    """By measure, a list of (program, tolerance, value by query of the qrels)."""
    found = collections.defaultdict(list)

    def ask(names, on, judged, program, tolerance):
        measures = {ir_measures.parse_measure(name): name for name in names}
        values = {name: {q: 0.0 for q in qrels} for name in names}
        for m in ir_measures.iter_calc(list(measures), judged, on):
            if m.query_id in qrels and m.value == m.value:
                values[measures[m.measure]][m.query_id] = m.value
        for name in names:
            found[name].append((program, tolerance, values[name]))

    ask(TREC, run, safe(qrels), "ir_measures", 1e-9)
    ask(["NumRet"], run, safe(qrels), "ir_measures", 1e-9)  # alone: beside judged_only=True ir_measures may count judged documents only
    ask(BROKEN_TIES, ties_broken(run), qrels, "ir_measures, ties broken", 1e-9)
    ask(GDEVAL, run, qrels, "gdeval.pl", 5.1e-6)
    for name, definition in DEFINITIONS.items():
        values = {}
        for q, docs in qrels.items():
            ranked = [docs.get(d, 0) for d in ordered(run.get(q, {}))]
            values[q] = definition(ranked, sorted(docs.values(), reverse=True))
        found[name].append(("the definition", 1e-9, values))
    return found


def write(folder, qrels, run):
    with open(os.path.join(folder, "qrels"), "w") as out:
        for q, docs in qrels.items():
            out.writelines(f"{q} 0 {d} {g}\n" for d, g in docs.items())
    with open(os.path.join(folder, "run"), "w") as out:
        for q, docs in run.items():
            out.writelines(f"{q} Q0 {d} 1 {s} random\n" for d, s in docs.items())


def gradus(program, folder, names):
    command = [program, "evaluate", "--json", "--by-query", "--irrelevant-queries=zero", "--qrels=qrels", "--run=run"]
    out = subprocess.run(command + [f"--measure={n}" for n in names], cwd=folder, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["runs"][0]


def trec_eval(program, folder):
    """The values of trec_eval -q -c, by its measure and query."""
    out = subprocess.run([program, "-q", "-c", "-m", "all_trec", "qrels", "run"], cwd=folder, check=True, capture_output=True, text=True).stdout
    values = collections.defaultdict(dict)
    for line in out.splitlines():
        measure, query, value = line.split()
        values[measure][query] = value
    return values


def check(args):
    rng = random.Random(20251122)
    tallies = collections.defaultdict(lambda: [0, 0.0, 0])
    names = iter(map(str, range(10**9)))

    def tally(measure, program, tolerance, ours, theirs):
        entry = tallies[measure, program]
        entry[0] += 1
        entry[1] = max(entry[1], abs(ours - theirs))
        entry[2] += abs(ours - theirs) > tolerance * max(1, abs(theirs))

    for start in range(0, args.runs, PER_FILE):
        qrels, run = {}, {}
        for _ in range(min(PER_FILE, args.runs - start)):
            more_qrels, more_run = case(rng, names)
            qrels.update(more_qrels)
            run.update(more_run)
        found = references(qrels, run)
        with tempfile.TemporaryDirectory() as folder:
            write(folder, qrels, run)
            ours = gradus(args.gradus, folder, found)
            for measure, list_ in found.items():
                for program, tolerance, values in list_:
                    queries = [q for q in values if q in run or measure not in COUNTS]
                    for q in queries:
                        tally(measure, program, tolerance, ours["by_query"][q][measure], values[q])
                    if len(queries) == len(values):
                        total = sum(values.values()) / (1 if measure.startswith("Num") else len(values))
                        tally("means", program, tolerance, ours["mean"][measure], total)
            if args.trec_eval:
                write(folder, safe(qrels), run)
                theirs = trec_eval(args.trec_eval, folder)
                for measure, name in TREC_EVAL.items():
                    for q in qrels:
                        tally(measure, "trec_eval -c", 5.1e-5, ours["by_query"][q][measure], float(theirs[name].get(q, 0)))
    print(f"{args.runs:,} random runs, {int(next(names)):,} queries; ir_measures {ir_measures.__version__}, pytrec_eval {pytrec_eval.__version__}")
    for (measure, program), (n, largest, beyond) in sorted(tallies.items()):
        print(f"{measure:32} {program:26} {n:8,} values  largest difference {largest:.1e}  beyond tolerance {beyond}")
    print(f"{sum(n for n, _, _ in tallies.values()):,} values compared, {sum(b for _, _, b in tallies.values())} beyond tolerance")


def record():
    rng = random.Random(20250701)
    for _ in range(100):
        qrels, run = case(rng, iter(map(str, range(10))))
        values = {}
        for measure, list_ in references(qrels, run).items():
            _, _, by_query = min(list_, key=lambda r: r[1])
            values[measure] = [round(by_query[q], 9) if q in run or measure not in COUNTS else None for q in qrels]
        print(json.dumps({"qrels": qrels, "run": run, "values": values}, separators=(",", ":")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "record"])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--gradus", default=os.path.join(HERE, "../../bin/gradus"))
    parser.add_argument("--trec-eval", help="trec_eval itself, compared to its four decimals")
    args = parser.parse_args()
    if args.what == "check":
        check(args)
    else:
        record()


if __name__ == "__main__":
    main()
