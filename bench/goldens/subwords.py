"""What the Rust library makes of texts by the tokenizers of encoder/testdata, and what it takes for letters:
encoder/testdata/subwords.json and encoder/bpe/classes.txt.

    bench/.venv/bin/python bench/goldens/subwords.py

Besides those tokenizers as they are, there are variants: a patch of the
tokenizer.json (RFC 7386) and the ids under it. Of words there is a digest for
each 4,096 code points: how many characters each word of ByteLevel has.

needs: bench/setup, and what bench/goldens/families.py writes
"""

import hashlib
import json
import os
import sys

import tokenizers
from tokenizers import Tokenizer, pre_tokenizers

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.join(HERE, "..", "..", "encoder", "testdata")
sys.path.insert(0, os.path.join(HERE, "..", "tokenizer"))

import reference  # noqa: E402
import unusual  # noqa: E402

OWN = [
    "the wall  <mask> , <mask>heat <mask>", "wall wall's theheat heat. <pad>heat</s>", "  <mask>  ", "it's IT'S they'd 'tis '''s 'll've're 'v 'l", "a  b   c\n\n\nd \n e\t",
    " lead", "▁the ▁▁ wall▁heat ▁", "trail  ", "1a2b34 ½²Ⅳ", "<s>", "heat<unk>flow", "ﬁ\u0301 e\u0301e\u0301 \r\n\r\n x\u200by", "heatheat the heatflow",
]


def base(family):
    with open(os.path.join(TESTDATA, family, "tokenizer.json"), encoding="utf-8") as file:
        return json.load(file)


def patched(value, patch):
    if not isinstance(patch, dict) or not isinstance(value, dict):
        return patch
    out = dict(value)
    for key, change in patch.items():
        if change is None:
            out.pop(key, None)
        else:
            out[key] = patched(out.get(key), change)
    return out


def token(id, content, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False} | flags


def added(family, *more):
    tokens = [t for t in base(family)["added_tokens"] if t["content"] != "<mask>"]
    count = len(base(family)["model"]["vocab"])
    mask = base(family)["added_tokens"][-1]["id"]
    return tokens + [token(mask, "<mask>", lstrip=True, special=True)] + [token(max(count, mask + 1) + i, content, **flags) for i, (content, flags) in enumerate(more)]


def variants():
    yield "roberta", {}
    more = ("heat", {"single_word": True, "normalized": True}), ("wall", {"rstrip": True}), ("'s", {"normalized": True})
    yield "roberta", {"pre_tokenizer": {"add_prefix_space": True}, "added_tokens": added("roberta", *more)}
    yield "roberta", {"model": {"ignore_merges": True}, "truncation": {"direction": "Left", "max_length": 8, "strategy": "LongestFirst", "stride": 0}}
    yield "xlm_roberta", {}
    normalizer = base("xlm_roberta")["normalizer"]
    space = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
    strip = {"type": "Strip", "strip_left": False, "strip_right": True}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True, "pretokenizers": None}
    yield "xlm_roberta", {
        "normalizer": {"type": "Sequence", "normalizers": [normalizer, strip, space], "precompiled_charsmap": None},
        "pre_tokenizer": metaspace, "added_tokens": added("xlm_roberta", ("ﬁn", {"normalized": True}), ("wall", {"single_word": True})),
    }
    yield "xlm_roberta", {"normalizer": None, "pre_tokenizer": metaspace | {"prepend_scheme": "never", "split": False}}


def ids_digest(ids):
    digest = reference.Digest()
    digest.add([ids])
    return str(digest)


def rows(texts):
    for family, patch in variants():
        tokenizer = Tokenizer.from_str(json.dumps(patched(base(family), patch)))
        tokenizer.no_truncation()
        whole = [tokenizer.encode(text).ids for text in texts]
        side = patch.get("truncation", {}).get("direction", "right").lower()
        tokenizer.enable_truncation(8, direction=side)
        cut = [tokenizer.encode(text).ids for text in texts]
        yield {"family": family, "patch": patch, "own": whole[: len(OWN)], "digests": [ids_digest(ids) for ids in whole], "digests_max_8": [ids_digest(ids) for ids in cut]}


WORDS = pre_tokenizers.ByteLevel(add_prefix_space=False)


def blocks():
    """Each code point behind a letter, a digit and neither, by 4,096."""
    for first in range(0, 0x110000, 4096):
        points = [c for c in range(first, first + 4096) if not 0xD800 <= c < 0xE000]
        text = "".join(f"a{chr(c)}1{chr(c)}!{chr(c)}\n" for c in points)
        yield points, [place for _, place in WORDS.pre_tokenize_str(text)] if text else []


def word_digests():
    for _, places in blocks():
        yield hashlib.sha256(bytes(min(end - start, 255) for start, end in places)).hexdigest()[:16]


def classes():
    """Of each code point: the character before it that it makes a word with."""
    for points, places in blocks():
        starts = {start for start, _ in places}
        for i, c in enumerate(points):
            joined = [name for name, place in (("letter", 1), ("number", 3), ("other", 5)) if 7 * i + place not in starts]
            yield c, joined[0] if joined else "space"


def write_classes(path):
    ranges = []
    for c, name in classes():
        if ranges and ranges[-1][2] == name and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c, name])
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"# What ByteLevel's pattern takes each code point for in Hugging Face's Rust tokenizers {tokenizers.__version__}; the others are neither.\n")
        out.write("# Made by bench/goldens/subwords.py; do not edit. Derived from Unicode data, see https://www.unicode.org/license.txt\n")
        for first, last, name in ranges:
            if name != "other":
                out.write(f"{name} {first:04X}..{last:04X}\n")


texts = OWN + unusual.WRITTEN
with open(os.path.join(TESTDATA, "subwords.json"), "w", encoding="utf-8") as out:
    json.dump({"texts": texts, "variants": list(rows(texts)), "words": list(word_digests())}, out, ensure_ascii=False)
    out.write("\n")
write_classes(os.path.join(HERE, "..", "..", "encoder", "bpe", "classes.txt"))
