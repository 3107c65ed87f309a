"""Make the goldens of encoder/wordpiece/testdata with the Rust library.

    $PYTHON bench/tokenizer/golden.py MINILM_FOLDER CRANFIELD_FOLDER SCIFACT_FOLDER

- sample.jsonl.gz: texts with their ids under each normalization. Half are
  Cranfield documents, the others are made here, of unusual characters.
- digests.json: what does not fit or may not be copied here: every code point
  in context, in blocks, and SciFact, with a digest each 100 documents.
- variants.json: small whole tokenizers with texts, ids and ids cut at 8.

needs: pip install tokenizers
"""

import gzip
import json
import os
import random
import sys

from reference import NORMALIZATIONS, Digest, documents, every_character, ids_of, load, with_normalization
from variants import variants
from unusual import unusual_texts

TESTDATA = os.path.join(os.path.dirname(__file__), "..", "..", "encoder", "wordpiece", "testdata")
BLOCK = 4096
STEP = 100


def sample(tokenizer, cranfield):
    random.seed(7)
    texts = unusual_texts() + random.sample(list(documents(cranfield)), 150)
    by_name = {name: ids_of(with_normalization(tokenizer, name), texts) for name in NORMALIZATIONS}
    # mtime 0 and no name: the same bytes every time
    with open(os.path.join(TESTDATA, "sample.jsonl.gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        for i, text in enumerate(texts):
            row = {"text": text, "ids": {name: rows[i] for name, rows in by_name.items()}}
            out.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return len(texts)


def code_point_texts(cp):
    """The character between letters, and amid marks whose order shows its combining class."""
    c = chr(cp)
    return [f"a{c}b", f"a\u302e{c}\U0001d165b"]


def code_points(name):
    tokenizer = every_character(name)
    digests = []
    for first in range(0, 0x110000, BLOCK):
        digest = Digest()
        cps = [cp for cp in range(first, first + BLOCK) if not 0xD800 <= cp < 0xE000]
        digest.add(ids_of(tokenizer, [text for cp in cps for text in code_point_texts(cp)]))
        digests.append(str(digest))
    return digests


def scifact(tokenizer, folder):
    texts = list(documents(folder))
    checkpoints = []
    digest = Digest()
    for first in range(0, len(texts), STEP):
        digest.add(ids_of(tokenizer, texts[first : first + STEP]))
        checkpoints.append(str(digest))
    return {"documents": len(texts), "step": STEP, "digests": checkpoints}


def write(name, value):
    with open(os.path.join(TESTDATA, name), "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)
        out.write("\n")


def main():
    minilm, cranfield, scifact_folder = sys.argv[1:]
    tokenizer = load(minilm)
    print(sample(tokenizer, cranfield), "texts in the sample")
    write("variants.json", variants())
    write("digests.json", {
        "scifact": scifact(tokenizer, scifact_folder),
        "block": BLOCK,
        "code_points": {name: code_points(name) for name in NORMALIZATIONS},
    })


main()
