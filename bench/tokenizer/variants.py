"""Small tokenizers, whole, for what all-MiniLM-L6-v2's does not have: other templates, added tokens, settings."""

import json

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing, TemplateProcessing

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] a b c ab abc abcd ##a ##b ##c ##bc ##cd ##d ##é é e ##e un ##aff ##able hello world day , . ! [ ] x ##x ##xx "
    "中 ##文 tok ##tok 한 ᄒ ##ᅡ ##ᆫ @@a @@b <s> </s> < > s /"
).split()

TEXTS = [
    "", "abc", "abcd abcdx", "unaffable hello, world!", "x xx xxx xxxx xxxxx", "a[MASK]b", "day DAY Day daytime yesterday  day.",
    "<s>a</s> b", "tok tokтok toktok tok_ tok1 étok toké (tok) [tok]", "[new]a[newer]b[NEWER] [ new ]", "É é e\u0301", "中文 한", "a b c a b c a b c a b c",
    "hello [SEP] world [CLS]", "day\u00a0day", "café noir CAFÉ NOIR cafe noir", "[tok][tok]tok", "  a  <s>  b  ",
]


def tokenizer(prefix="##", max_word=100, **normalizer):
    model = WordPiece({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]", continuing_subword_prefix=prefix, max_input_chars_per_word=max_word)
    t = Tokenizer(model)
    t.normalizer = BertNormalizer(**normalizer)
    t.pre_tokenizer = BertPreTokenizer()
    t.post_processor = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    t.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return t


def build():
    yield "plain", tokenizer()

    t = tokenizer(lowercase=False)
    t.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    yield "cased, BertProcessing", t

    t = tokenizer()
    t.post_processor = TemplateProcessing("[CLS] [CLS] $A", None, [("[CLS]", 2)])
    yield "two special tokens before, none after", t

    t = Tokenizer.from_str(tokenizer().to_str())
    raw = json.loads(t.to_str())
    raw["post_processor"] = None
    yield "no post-processor", Tokenizer.from_str(json.dumps(raw))

    yield "prefix @@", tokenizer(prefix="@@")
    yield "words of 4 characters", tokenizer(max_word=4)
    yield "accents kept", tokenizer(strip_accents=False)
    yield "Chinese not split", tokenizer(handle_chinese_chars=False)

    t = tokenizer()
    t.add_tokens(["Day", "[new]", "[newer]", "café noir"])
    yield "normalized added tokens", t

    t = tokenizer(clean_text=False)
    t.add_tokens(["Day Day", AddedToken("[tok]", normalized=True)])
    yield "normalized added tokens, text not cleaned", t

    t = tokenizer()
    t.add_tokens([AddedToken("tok", single_word=True, normalized=False), AddedToken("[tok]", normalized=False), AddedToken("tokt", normalized=False)])
    yield "single words", t

    t = tokenizer()
    t.add_tokens([AddedToken("tok", single_word=True), AddedToken("day", lstrip=True, rstrip=True, normalized=False), AddedToken("<s>", lstrip=True, normalized=False), "new"])
    yield "single words, normalized; stripped spaces", t


def variants():
    out = []
    for side in ("right", "left"):
        for name, t in build():
            t.no_truncation()
            whole = [t.encode(text).ids for text in TEXTS]
            t.enable_truncation(8, direction=side)
            cut = [t.encode(text).ids for text in TEXTS]
            cases = [{"text": text, "ids": w, "ids_max_8": c} for text, w, c in zip(TEXTS, whole, cut)]
            out.append({"name": f"{name}, cut {side}", "tokenizer": json.loads(t.to_str()), "cases": cases})
    return out
