"""The Rust library's tokenizers that ours is held against, and the texts."""

import hashlib
import json
import os
import struct

os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

# Settings of the BertNormalizer: the vocabularies' own two, and those that keep single steps apart.
NORMALIZATIONS = {
    "uncased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True),
    "cased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False),
    "lower": dict(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True),
    "strip": dict(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=False),
    "raw": dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False),
    "unclean": dict(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=True),
}


def load(folder):
    """The tokenizer of a model folder, neither cutting nor padding."""
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def with_normalization(tokenizer, name):
    other = Tokenizer.from_str(tokenizer.to_str())
    other.normalizer = BertNormalizer(**NORMALIZATIONS[name])
    return other


def every_character(name):
    """A tokenizer without special tokens whose ids tell each character and whether it begins a word."""
    vocab = {"[UNK]": 0}
    for cp in range(0x110000):
        if not 0xD800 <= cp < 0xE000:
            vocab[chr(cp)] = 2 * cp + 1
            vocab["##" + chr(cp)] = 2 * cp + 2
    tokenizer = Tokenizer(WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(**NORMALIZATIONS[name])
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def ids_of(tokenizer, texts):
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]


class Digest:
    """SHA-256 over rows of ids: each its length, then its ids, little-endian uint32."""

    def __init__(self):
        self.hash = hashlib.sha256()

    def add(self, rows):
        for ids in rows:
            self.hash.update(struct.pack(f"<I{len(ids)}I", len(ids), *ids))

    def __str__(self):
        return self.hash.hexdigest()[:16]


def documents(folder):
    """Title and text of a BEIR collection's documents."""
    with open(os.path.join(folder, "corpus.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            yield document["title"] + " " + document["text"]
