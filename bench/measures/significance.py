"""Writes measure/testdata/significance.json: paired tests as scipy computes them.

    venv/bin/pip install scipy==1.17.1
    venv/bin/python bench/measures/significance.py > measure/testdata/significance.json

t and p are those of scipy.stats.ttest_rel(b, a). exact is the randomization
test over all sign patterns (scipy.stats.permutation_test, permutation_type
"samples"), for lists short enough.
"""

import json

import numpy as np
from scipy import stats


def main():
    rng = np.random.default_rng(7)
    cases = []
    for n, shift, spread in [(2, 0.1, 0.1), (5, 0.05, 0.2), (10, 0.0, 0.3), (12, 0.2, 0.1), (50, 0.01, 0.1), (300, 0.02, 0.15)]:
        a = np.round(rng.random(n), 3)
        b = np.round(np.clip(a + rng.normal(shift, spread, n), 0, 1), 3)
        t, p = stats.ttest_rel(b, a)
        case = {"t": t, "p": p, "a": a.tolist(), "b": b.tolist()}
        if n <= 12:
            exact = stats.permutation_test(
                (b, a), lambda x, y, axis: np.mean(x - y, axis=axis),
                vectorized=True, permutation_type="samples", n_resamples=np.inf)
            case["exact"] = exact.pvalue
        cases.append(case)
    print(json.dumps(cases, separators=(",", ":")))


if __name__ == "__main__":
    main()
