"""Imports a collection of a million passages in MS MARCO's layout, and packs and unpacks it.

    bench/.venv/bin/python bench/formats/scale.py bin/gradus [PASSAGES]

Prints the seconds and the most memory of each command. Passages have 56 random words.
"""
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

gradus = os.path.abspath(sys.argv[1])
passages = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
words = ["".join(random.Random(i).choices("etaoinshrdlu", k=2 + i % 9)) for i in range(20_000)]
draw = random.Random(1)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("collection.tsv", "w") as collection:
        for i in range(passages):
            collection.write(f"{i}\t{' '.join(draw.choices(words, k=56))}\n")
    pathlib.Path("queries.tsv").write_text("".join(f"q{i}\t{' '.join(draw.choices(words, k=6))}\n" for i in range(1000)))
    pathlib.Path("qrels.tsv").write_text("".join(f"q{i} 0 {i} 1\n" for i in range(1000)))
    print(f"{passages} passages, {os.path.getsize('collection.tsv') / 1e6:.0f} MB")
    for command in [
        "import msmarco --documents collection.tsv --queries queries.tsv --qrels qrels.tsv --out beir",
        "export --collection beir --format hf --out hf",
        "import hf hf --out again",
        "export --collection beir --format beir --compress zst --out packed",
    ]:
        before = time.time()
        subprocess.run([gradus, *command.split()], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.time() - before
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{seconds:6.1f} s, the most memory so far {peak:5.0f} MB: gradus {command}")
