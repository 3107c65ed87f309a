"""Holds what gradus export and gradus evaluate --mteb write against who reads it.

    gradus export --collection scifact --format hf --out scifact.hf
    gradus evaluate --qrels scifact/qrels/test.tsv --run bm25.run --mteb SciFact.json
    bench/.venv/bin/pip install mteb==2.26.24
    bench/.venv/bin/python bench/formats/load.py scifact scifact.hf SciFact.json

The data set is read by load_dataset and compared, row by row, with the BEIR
folder that it was made from; the result, which may be left out, by mteb.
"""
import json
import pathlib
import sys

import datasets

datasets.disable_progress_bars()


def lines(path):
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def qrels(path):
    rows = [line.rstrip("\n").split("\t") for line in path.open(encoding="utf-8")][1:]
    return [{"query-id": query, "corpus-id": document, "score": int(score)} for query, document, score in rows]


beir, hub = map(pathlib.Path, sys.argv[1:3])
default = datasets.load_dataset(str(hub), "default")
pairs = [("corpus", datasets.load_dataset(str(hub), "corpus")["corpus"], lines(beir / "corpus.jsonl")),
         ("queries", datasets.load_dataset(str(hub), "queries")["queries"], lines(beir / "queries.jsonl"))]
pairs += [(split, default[split], qrels(beir / "qrels" / f"{split}.tsv")) for split in sorted(default)]
for name, got, want in pairs:
    same = sum({key: row[key] for key in ours} == ours for row, ours in zip(got, want))
    print(f"{name}: {same} of {len(want)} rows the same, {len(got)} there")

if len(sys.argv) > 3:
    import mteb
    from mteb.results import TaskResult

    result = TaskResult.from_disk(pathlib.Path(sys.argv[3]))
    pinned = result.task.metadata.dataset["revision"] == result.dataset_revision
    print(f"mteb {mteb.__version__}: {result.task_name} {result.eval_splits} {result.get_score()}, revision {'its own' if pinned else 'another'}")
