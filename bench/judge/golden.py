"""Writes judge/testdata/agreement.json: agreement as scikit-learn and scipy compute it.

    bench/.venv/bin/python bench/judge/golden.py > judge/testdata/agreement.json

kappa, linear and quadratic are sklearn.metrics.cohen_kappa_score over the scale
from min(0, lowest grade) to max(3, highest grade); tau is
scipy.stats.kendalltau, variant b; low and high are the bounds of
scipy.stats.bootstrap, method percentile, of the mean with 200,000 resamples.
null is nan. scikit-learn 1.9.1, scipy 1.17.1.
"""

import json
import warnings

import numpy as np
from scipy import stats
from sklearn.metrics import cohen_kappa_score


def number(x):
    return None if np.isnan(x) else float(x)


def case(a, b):
    scale = list(range(min(0, min(a)), max(3, max(a)) + 1))
    return {
        "intended": [int(x) for x in a],
        "judged": [int(x) for x in b],
        "kappa": number(cohen_kappa_score(a, b, labels=scale)),
        "linear": number(cohen_kappa_score(a, b, labels=scale, weights="linear")),
        "quadratic": number(cohen_kappa_score(a, b, labels=scale, weights="quadratic")),
        "tau": number(stats.kendalltau(a, b).statistic),
    }


def bounds(values):
    found = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=200_000, batch=10_000, rng=np.random.default_rng(1))
    low, high = found.confidence_interval
    return {"values": [float(v) for v in values], "mean": float(np.mean(values)), "low": float(low), "high": float(high)}


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(5)
    cases = [
        case([3, 2, 1, 0], [3, 2, 1, 0]),
        case([3, 2, 1, 0], [0, 1, 2, 3]),
        case([3, 2, 1, 0], [3, 3, 1, 1]),
        case([3, 2, 1, 0], [2, 2, 2, 2]),
        case([1, 1, 1], [1, 1, 1]),
        case([1, 1, 0, 0, 1], [3, 2, 0, 1, 1]),
        case([4, 3, 2, 1, 0, 0], [3, 3, 2, 2, 0, 1]),
        case([-2, 0, 1, 2, 3], [0, 0, 1, 3, 3]),
    ]
    for n, noise in [(40, 0.3), (400, 0.6), (1000, 2.0)]:
        a = rng.integers(0, 4, n)
        b = np.clip(np.rint(a + rng.normal(0, noise, n)), 0, 3).astype(int)
        cases.append(case(a.tolist(), b.tolist()))
    means = [bounds(np.round(rng.uniform(-0.5, 1, n), 3)) for n in (5, 20, 200)]
    print(json.dumps({"cases": cases, "means": means}, separators=(",", ":")))


if __name__ == "__main__":
    main()
