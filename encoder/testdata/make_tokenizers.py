"""Write tokenizers.json with the Rust library: small tokenizers that are not BERT's, and what they make of texts.

needs: pip install tokenizers>=0.21
"""

import json
import string

from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordLevel, WordPiece

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = [
    "",
    "heat flow",
    "The HEAT-flow, of the wing?",
    "[MASK] heat [SEP] [CLS]",
    "Zürich 7 wings ☃",
    "heat flow of the wing, heat flow of the wing [SEP]",
]


def vocabulary(words):
    return {word: i for i, word in enumerate(SPECIAL + words)}


def letters(words, rest):
    return vocabulary(words + list(string.ascii_lowercase + "?,-") + [rest.format(c) for c in string.ascii_lowercase])


def word_piece():
    """As many tokens as encodertest.Tiny has, the special ones among them."""
    words = ["the", "of", "wing", "heat", "flow"] + [f"w{i}" for i in range(24)]
    tokenizer = Tokenizer(WordPiece(letters(words, "##{}"), unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def bpe():
    words = ["th", "the</w>", "he", "hea", "heat</w>", "wi", "win", "wing</w>"]
    merges = [("t", "h"), ("th", "e</w>"), ("h", "e"), ("he", "a"), ("hea", "t</w>"), ("w", "i"), ("wi", "n"), ("win", "g</w>")]
    tokenizer = Tokenizer(BPE(letters(words, "{}</w>"), merges, unk_token="[UNK]", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def word_level():
    """No special tokens around a text."""
    tokenizer = Tokenizer(WordLevel(vocabulary(["the", "of", "wing", "heat", "flow", "zurich", "?", ",", "-"]), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    return tokenizer


def case(tokenizer, text):
    tokenizer.no_truncation()
    ids = tokenizer.encode(text).ids
    tokenizer.enable_truncation(8)
    return {"text": text, "ids": ids, "ids_max_8": tokenizer.encode(text).ids}


rows = []
for make in [word_piece, bpe, word_level]:
    tokenizer = make()
    tokenizer.add_special_tokens(SPECIAL)
    text = json.loads(tokenizer.to_str())
    rows.append({"name": make.__name__, "tokenizer": text, "cases": [case(tokenizer, t) for t in TEXTS]})
with open("tokenizers.json", "w", encoding="utf-8") as out:
    json.dump(rows, out, ensure_ascii=False, indent=1)
    out.write("\n")
