"""Our tokenizer beside Hugging Face's Rust one: SciFact, one thread each, taking turns.

    $PYTHON bench/tokenizer/bench.py TOKENIZER_FOLDER SCIFACT_FOLDER

Prints the medians of 5 passes and their ratio. The Rust library is called
through Python by encode_batch_fast, its quickest way: one call for all texts,
no offsets, ids left on the Rust side. Ours returns the ids of each text.

needs: go; pip install tokenizers
"""

import json
import os
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import tokenizers
from reference import documents, load
from ours import ours

PASSES = 5


def main():
    folder, scifact = sys.argv[1:]
    texts = list(documents(scifact))
    print(f"{len(texts)} documents of SciFact, one thread, medians of {PASSES} passes in turn; tokenizers {tokenizers.__version__}")
    for max_length in (0, 256):
        rust = load(folder)
        if max_length:
            rust.enable_truncation(max_length)
        with subprocess.Popen([ours(), "-tokenizer", folder, "-max", str(max_length), "-time"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, env=os.environ | {"GOMAXPROCS": "1"}) as go:
            go.stdin.write("".join(json.dumps(t) + "\n" for t in texts) + "\n")
            times = {"rust": [], "ours": []}
            for _ in range(PASSES + 1):
                start = time.perf_counter()
                encodings = rust.encode_batch_fast(texts)
                times["rust"].append(time.perf_counter() - start)
                go.stdin.write("\n")
                go.stdin.flush()
                seconds, tokens = go.stdout.readline().split()
                times["ours"].append(float(seconds))
                if int(tokens) != sum(len(e) for e in encodings):
                    raise SystemExit(f"want {sum(len(e) for e in encodings)} tokens, got {tokens}")
            go.stdin.close()
        median = {name: statistics.median(t[1:]) for name, t in times.items()}  # the first pass warms up
        cut = f"cut at {max_length}" if max_length else "whole"
        print(f"{cut}: rust {len(texts) / median['rust']:.0f} texts/s, ours {len(texts) / median['ours']:.0f} texts/s, ratio {median['rust'] / median['ours']:.1f}")


main()
