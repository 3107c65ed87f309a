"""A model folder that gradus wrote, opened by sentence-transformers: the same vectors, prompts and similarity?

    bench/.venv/bin/python bench/roundtrip.py --encoder DIR --collection DIR   # a folder that gradus train or export wrote
    bench/.venv/bin/python bench/roundtrip.py --families --collection DIR      # small models of each family, exported first

Encodes the collection's documents, and its queries where it has some, with both, each as the folder
says: prompts, pooling, normalisation and maximum length are part of what is
checked. So is the similarity: the scores of gradus search are held against
model.similarity. Prints a JSON line a folder, after --families a table; exits
with 1 where a vector or a score differs by more than 1e-4.

needs: bench/setup, bench/out/gradus (bench/run makes it)
"""

import argparse
import json
import os
import shutil
import sys
import tempfile

import numpy

import sides
from peer.texts import documents, lines

TOLERANCE = 1e-4  # absolute, on a vector's elements; of a score, relative where that is above 1
TESTDATA = os.path.join(sides.HERE, "..", "encoder", "testdata")
# Of each family's folder a sentence-transformers model: its pooling, whether it scales to unit length, its similarity.
FAMILIES = {
    "distilbert": ("mean", True, "cosine"),
    "roberta": ("cls", False, "dot"),
    "xlm_roberta": ("mean", True, "cosine"),
    "mpnet": ("mean", False, "dot"),
}
PROMPTS = {"query": "query: ", "document": "passage: "}


def vectors(folder):
    """The vectors folder that gradus encode writes: ids and one row each."""
    with open(os.path.join(folder, "ids.txt"), encoding="utf-8") as file:
        ids = [line.rstrip("\n") for line in file]
    return ids, numpy.fromfile(os.path.join(folder, "vectors.f32"), dtype="<f4").reshape(len(ids), -1)


def difference(ours, theirs):
    """The largest difference between two arrays of vectors; an error where their shapes differ or it is no number."""
    if ours.shape != theirs.shape:
        raise SystemExit(f"want {theirs.shape[0]} vectors of {theirs.shape[1]} dimensions, got {ours.shape[0]} of {ours.shape[1]}")
    largest = float(numpy.abs(ours - theirs).max())
    if not largest <= TOLERANCE:
        raise SystemExit(f"want vectors within {TOLERANCE} of each other, got a difference of {largest:.2g}")
    return largest


def as_kept(rows, similarity):
    """What gradus keeps of vectors: under cosine similarity their direction, at unit length."""
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True) if similarity == "cosine" else rows


def gradus(*args):
    import process

    return process.run([sides.GRADUS, *args])


def encoded(encoder, collection, out, *flags):
    gradus("encode", "--offline", "--json", "--encoder", encoder, "--collection", collection, "--out", out, *flags)
    return vectors(out)


def scores(run):
    with open(run, encoding="utf-8") as file:
        for line in file:
            query, _, document, _, score, _ = line.split()
            yield query, document, float(score)


def score_difference(similarity, run, query_ids, document_ids):
    """The largest difference between a run's scores and a matrix of similarities."""
    row, column = ({id: i for i, id in enumerate(ids)} for ids in (query_ids, document_ids))
    largest = 0.0
    for query, document, score in scores(run):
        theirs = float(similarity[row[query], column[document]])
        largest = max(largest, abs(score - theirs) / max(1, abs(theirs)))
    if not largest <= TOLERANCE:
        raise SystemExit(f"want scores within {TOLERANCE} of model.similarity's, got a difference of {largest:.2g}")
    return largest


def split_of(collection):
    return sorted(os.listdir(os.path.join(collection, "qrels")))[-1].removesuffix(".tsv")


def compare(encoder, collection, temp):
    """What the two make of the documents, and of the queries where the collection has some."""
    from sentence_transformers import SentenceTransformer  # slow, and of no use to compare.py

    ids, ours = encoded(encoder, collection, os.path.join(temp, "documents"))
    expected, texts = zip(*documents(collection))
    if ids != list(expected):
        raise SystemExit("want the vectors in the collection's order")
    model = SentenceTransformer(encoder, device="cpu")
    theirs = model.encode_document(list(texts), show_progress_bar=False)
    found = {"texts": len(texts), "dimensions": ours.shape[1], "difference": difference(ours, as_kept(theirs, model.similarity_fn_name))}
    if os.path.exists(os.path.join(collection, "queries.jsonl")):
        found |= compare_queries(encoder, collection, temp, model, ids, theirs)
    return found


def compare_queries(encoder, collection, temp, model, document_ids, document_vectors):
    ids, ours = encoded(encoder, collection, os.path.join(temp, "queries"), "--queries")
    texts = {query["_id"]: query["text"] for query in lines(os.path.join(collection, "queries.jsonl"))}
    theirs = model.encode_query([texts[id] for id in ids], show_progress_bar=False)
    run = os.path.join(temp, "run")
    gradus("search", "--collection", collection, "--split", split_of(collection), "--query-vectors", os.path.join(temp, "queries"),
           "--vectors", os.path.join(temp, "documents"), "--depth", "10", "--out", run)
    return {
        "queries": len(ids), "query_difference": difference(ours, as_kept(theirs, model.similarity_fn_name)),
        "similarity": model.similarity_fn_name, "prompts": {name: prompt for name, prompt in model.prompts.items() if prompt},
        "score_difference": score_difference(model.similarity(theirs, document_vectors).numpy(), run, ids, document_ids),
    }


def dressed(family, folder):
    """A family's folder as a sentence-transformers model, in the older layout and with prompts."""
    pooling, unit, similarity = FAMILIES[family]
    shutil.copytree(os.path.join(TESTDATA, family), folder)
    parts = [("", "Transformer"), ("1_Pooling", "Pooling")] + [("2_Normalize", "Normalize")] * unit
    os.mkdir(os.path.join(folder, "1_Pooling"))
    for path, content in {
        "modules.json": [{"idx": i, "name": str(i), "path": path, "type": "sentence_transformers.models." + kind} for i, (path, kind) in enumerate(parts)],
        "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": None, "similarity_fn_name": similarity},
    }.items():
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            json.dump(content, file)


def families(collection, temp):
    print("| family | pooling | documents, queries | largest difference of documents, queries, scores | similarity | prompts |")
    print("|---|---|---|---|---|---|")
    for family in FAMILIES:
        here = os.path.join(temp, family)
        os.mkdir(here)
        given, written = os.path.join(here, "given"), os.path.join(here, "written")
        dressed(family, given)
        gradus("export", "--encoder", given, "--format", "sentence-transformers", "--out", written)
        found = compare(written, collection, here)
        print(f"| {family} | {FAMILIES[family][0]} | {found['texts']}, {found['queries']} | "
              f"{found['difference']:.1e}, {found['query_difference']:.1e}, {found['score_difference']:.1e} | "
              f"{found['similarity']} | {' '.join(sorted(found['prompts']))} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--encoder")
    what.add_argument("--families", action="store_true")
    parser.add_argument("--collection", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        if args.families:
            families(args.collection, temp)
        else:
            print(json.dumps(compare(args.encoder, args.collection, temp)))


if __name__ == "__main__":
    sys.exit(main())
