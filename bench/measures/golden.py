"""Writes measure/testdata/random_runs.jsonl: random runs with the values that
pytrec_eval (trec_eval's own C code) and ir_measures give them.

    python3 -m venv venv && venv/bin/pip install ir-measures==0.4.3 pytrec_eval-terrier==0.5.11
    venv/bin/python bench/measures/golden.py > measure/testdata/random_runs.jsonl

One case a line: qrels, run, and values by measure, one a query in the order of
the qrels' sorted ids. The cases have tied scores, queries absent from the run
or from the qrels, unjudged documents, negative grades, queries for which
nothing is relevant, and rankings shorter than the cutoffs. Scores are exact in
float32, which pytrec_eval keeps them in. pytrec_eval crashes on a negative
grade, so it is given 0 for it, which trec_eval's measures treat alike.
"""

import json
import random

import ir_measures
import pytrec_eval

CASES = 240
# what trec_eval calls them, and the rel they are computed at
NAMES = {
    "nDCG": ("ndcg", 1), "nDCG@3": ("ndcg_cut_3", 1), "nDCG@10": ("ndcg_cut_10", 1),
    "RR": ("recip_rank", 1), "RR(rel=2)": ("recip_rank", 2),
    "AP": ("map", 1), "AP@5": ("map_cut_5", 1), "AP(rel=2)": ("map", 2),
    "R@5": ("recall_5", 1), "R(rel=2)@5": ("recall_5", 2),
    "P@5": ("P_5", 1), "P(rel=3)@10": ("P_10", 3),
}


def case(rng):
    pool = [f"d{i}" for i in range(rng.randint(3, 24))]
    grades = rng.choice([[0, 1], [0, 1, 2, 3], [-2, -1, 0, 1, 2], [0, 0, 0, 4]])
    steps = rng.choice([2, 6, 1000])  # few steps make many ties
    qrels, run = {}, {}
    for q in range(rng.randint(1, 4)):
        judged = rng.sample(pool, rng.randint(1, min(8, len(pool))))
        qrels[f"q{q}"] = {d: rng.choice(grades) for d in judged}
        if rng.random() < 0.8:
            docs = rng.sample(pool, rng.randint(1, min(12, len(pool))))
            run[f"q{q}"] = {d: rng.randint(-steps, steps) / 8 for d in docs}
    if rng.random() < 0.2 or not run:
        run["other"] = {"d0": 1.0}
    return qrels, run


def values(qrels, run):
    out = {}
    floored = {q: {d: max(g, 0) for d, g in docs.items()} for q, docs in qrels.items()}
    for name, (theirs, rel) in NAMES.items():
        measured = pytrec_eval.RelevanceEvaluator(floored, {theirs}, relevance_level=rel).evaluate(run)
        out[name] = [round(measured[q][theirs], 9) if q in measured else 0 for q in sorted(qrels)]
    # trec_eval has no cut reciprocal rank: beyond the cutoff it is 0
    out["RR@3"] = [v if v >= 1 / 3 - 1e-6 else 0 for v in out["RR"]]
    # ir_measures orders ties the other way for Judged@k; uncut, order has no say
    judged = ir_measures.iter_calc([ir_measures.Judged], qrels, run)
    by_query = {m.query_id: round(m.value, 9) for m in judged}
    out["Judged"] = [by_query.get(q, 0) for q in sorted(qrels)]
    return out


def main():
    rng = random.Random(20250701)
    for _ in range(CASES):
        qrels, run = case(rng)
        print(json.dumps({"qrels": qrels, "run": run, "values": values(qrels, run)}, separators=(",", ":")))


if __name__ == "__main__":
    main()
