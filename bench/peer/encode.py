"""sentence-transformers' side of encoding: a collection's documents to vectors, as its users do it.

    python bench/peer/encode.py --encoder DIR --collection DIR --max-length 256 --out FILE.npy

Prints one JSON line: texts, and the seconds from the first text to the last
vector, loading of the library and the model left out. Batches are the
library's own: 32 texts, longest first, padded to their longest.

needs: bench/setup
"""

import argparse
import json
import time

import numpy
from sentence_transformers import SentenceTransformer

from texts import documents


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--collection", required=True)
    parser.add_argument("--max-length", type=int, required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    model = SentenceTransformer(args.encoder, device="cpu")
    model.max_seq_length = args.max_length
    start = time.monotonic()  # gradus reads the collection within its time too
    vectors = model.encode([content for _, content in documents(args.collection)], show_progress_bar=False)
    numpy.save(args.out, vectors)
    print(json.dumps({"texts": len(vectors), "seconds": time.monotonic() - start}), flush=True)


main()
