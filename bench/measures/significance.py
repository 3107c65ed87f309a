"""Writes measure/testdata/significance.json: paired tests as scipy computes them.

    venv/bin/pip install scipy==1.17.1
    venv/bin/python bench/measures/significance.py > measure/testdata/significance.json

Of each pair of lists, one value a query:
  t, p        scipy.stats.ttest_rel(b, a)
  w, wp       scipy.stats.wilcoxon(b, a); absent where the lists are equal throughout
  exact       the randomization test over all sign patterns (scipy.stats.permutation_test,
              permutation_type "samples"), for lists short enough
  low, high   scipy.stats.bootstrap of the mean of b - a, 95 %, percentile, 200,000 resamples;
              error is the standard deviation of such bounds from 10,000 resamples, over 20 repetitions
  dz          the mean of b - a over its standard deviation
  detectable  (t[0.975] + t[0.8]) s / sqrt(n) with scipy.stats.t
  power       what a two-sided t-test at 0.05 has against that difference, by scipy.stats.nct
The last case is p-values with those of scipy.stats.false_discovery_control.
"""

import json

import numpy as np
from scipy import stats

# queries, mean and spread of the differences, digits kept, share of ties
CASES = [
    (2, 0.1, 0.1, 3, 0), (5, 0.05, 0.2, 3, 0), (10, 0.0, 0.3, 3, 0), (12, 0.2, 0.1, 3, 0), (50, 0.01, 0.1, 3, 0), (300, 0.02, 0.15, 3, 0),
    (8, 0.1, 0.2, 1, 0.2), (13, 0.1, 0.3, 1, 0.3), (14, 0.1, 0.3, 1, 0.3), (30, 0.02, 0.2, 9, 0), (50, 0.05, 0.2, 9, 0),
    (51, 0.05, 0.2, 9, 0), (112, 0.03, 0.2, 2, 0.4), (323, 0.01, 0.1, 3, 0.6),
]


def interval(d, resamples, seed):
    found = stats.bootstrap((d,), np.mean, n_resamples=resamples, method="percentile", confidence_level=0.95, rng=np.random.default_rng(seed))
    return found.confidence_interval


def main():
    rng = np.random.default_rng(7)
    cases = []
    for n, shift, spread, digits, ties in CASES:
        a = np.round(rng.random(n), digits)
        b = np.round(np.clip(a + rng.normal(shift, spread, n), 0, 1), digits)
        b = np.where(rng.random(n) < ties, a, b)
        d = b - a
        t, p = stats.ttest_rel(b, a)
        w, wp = stats.wilcoxon(b, a)
        deviation = d.std(ddof=1)
        quantiles = stats.t.ppf(0.975, n - 1), stats.t.ppf(0.8, n - 1)
        detectable = sum(quantiles) * deviation / np.sqrt(n)
        shifted = stats.nct(n - 1, detectable / deviation * np.sqrt(n))
        bounds = interval(d, 200_000, 1)
        error = np.std([list(interval(d, 10_000, seed)) for seed in range(20)], axis=0).max()
        case = {
            "a": a.tolist(), "b": b.tolist(), "t": t, "p": p, "w": w, "wp": wp, "dz": d.mean() / deviation,
            "low": bounds.low, "high": bounds.high, "error": error,
            "detectable": detectable, "power": shifted.sf(quantiles[0]) + shifted.cdf(-quantiles[0]),
        }
        if n <= 12:
            exact = stats.permutation_test(
                (b, a), lambda x, y, axis: np.mean(x - y, axis=axis),
                vectorized=True, permutation_type="samples", n_resamples=np.inf)
            case["exact"] = exact.pvalue
        cases.append(case)
    p = np.round(rng.random(12) ** 3, 4)
    p[3] = p[7]
    cases.append({"a": p.tolist(), "fdr": stats.false_discovery_control(p).tolist()})
    print(json.dumps(cases, separators=(",", ":")))


if __name__ == "__main__":
    main()
