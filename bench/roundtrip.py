"""A model folder that gradus wrote, opened by sentence-transformers: the same vectors?

    bench/.venv/bin/python bench/roundtrip.py --encoder DIR --collection DIR

Encodes the collection's documents with both, each as the folder says: pooling,
normalisation and maximum length are part of what is checked. Prints a JSON
line; exits with 1 where a vector differs by more than 1e-4.

needs: bench/setup, bench/out/gradus (bench/run makes it)
"""

import argparse
import json
import os
import sys
import tempfile

import numpy

import sides
from peer.texts import documents

TOLERANCE = 1e-4  # absolute, on a vector's elements


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--collection", required=True)
    args = parser.parse_args()
    from sentence_transformers import SentenceTransformer  # slow, and of no use to compare.py

    import process

    with tempfile.TemporaryDirectory() as temp:
        out = os.path.join(temp, "vectors")
        process.run([sides.GRADUS, "encode", "--offline", "--json", "--encoder", args.encoder, "--collection", args.collection, "--out", out])
        ids, ours = vectors(out)
    expected, texts = zip(*documents(args.collection))
    if ids != list(expected):
        raise SystemExit("want the vectors in the collection's order")
    theirs = SentenceTransformer(args.encoder, device="cpu").encode(list(texts), show_progress_bar=False)
    print(json.dumps({"texts": len(texts), "dimensions": ours.shape[1], "difference": difference(ours, theirs)}))


if __name__ == "__main__":
    sys.exit(main())
