"""Writes lexical/testdata/bm25s.json: documents and queries of made-up tokens, and the scores bm25s gives every document.

    bench/.venv/bin/python bench/bm25/golden.py > lexical/testdata/bm25s.json
"""

import json
import random

import bm25s


def main():
    rng = random.Random(7)
    # Zipf-like; every token stays as it is under English analysis
    vocabulary = [f"t{i}" for i in range(60)]
    draw = lambda n: rng.choices(vocabulary, [1 / (i + 1) for i in range(60)], k=n)
    cases = []
    for k1, b in [(0.9, 0.4), (1.5, 0.75), (1.2, 0), (0.5, 1)]:
        documents = [draw(rng.randint(1, 150)) for _ in range(80)]
        queries = [draw(rng.randint(1, 8)) for _ in range(12)]  # some name a token twice, some one that no document has
        model = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
        model.index(documents, show_progress=False)
        scores = [[round(float(x), 9) for x in model.get_scores([t for t in query if t in model.vocab_dict])] for query in queries]
        cases.append({"k1": k1, "b": b, "documents": [" ".join(d) for d in documents], "queries": [" ".join(q) for q in queries], "scores": scores})
    print(json.dumps(cases))


main()
