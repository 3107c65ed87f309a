"""Random texts by both tokenizers; prints and counts those whose ids differ.

    $PYTHON bench/tokenizer/fuzz.py TOKENIZER_FOLDER [TEXTS [SEED]]

TEXTS for each normalization, once by the folder's vocabulary and once by one
of all characters, so that no [UNK] hides what became of a character.

needs: go; pip install tokenizers
"""

import json
import os
import random
import subprocess
import sys
import tempfile

from ours import ours
from reference import NORMALIZATIONS, every_character, ids_of, load, with_normalization
from unusual import random_text


def encode(folder, texts, max_length):
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    command = [ours(), "-tokenizer", folder, "-max", str(max_length)]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) or [] for line in done.stdout.splitlines()]


def compare(tokenizer, texts, max_length):
    """The number of texts whose ids differ."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
        got = encode(folder, texts, max_length)
    if max_length:
        tokenizer.enable_truncation(max_length)
    differ = 0
    for text, want, ids in zip(texts, ids_of(tokenizer, texts), got, strict=True):
        if ids != want:
            differ += 1
            if differ <= 5:
                print(f"{text!r}\n  rust {want}\n  ours {ids}")
    return differ


def main():
    folder = sys.argv[1]
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else None)
    total = differ = 0
    for name in NORMALIZATIONS:
        for vocabulary, tokenizer in (("folder", with_normalization(load(folder), name)), ("every character", every_character(name))):
            texts = [random_text(rng, anything=rng.choice((0, 0.02, 0.5))) for _ in range(n)]
            max_length = rng.choice((0, rng.randint(3, 40)))
            wrong = compare(tokenizer, texts, max_length)
            print(f"{name}, vocabulary: {vocabulary}, cut at {max_length}: {wrong} of {n} differ", flush=True)
            total += n
            differ += wrong
    print(f"{differ} of {total} differ")
    sys.exit(differ > 0)


main()
