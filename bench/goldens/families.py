"""Small random models of each family, as transformers writes them, and what it makes of texts: encoder/testdata.

    bench/.venv/bin/pip install sentencepiece==0.2.3    # for the character map alone
    bench/.venv/bin/python bench/goldens/families.py

A folder a family: config.json, tokenizer.json, model.safetensors (in float16,
whose numbers the goldens are computed from) and golden.json: for each text its
ids, whole and cut at 8, and its vector; and for the sum of all vectors' elements,
each times the sine of its place, the gradient of each weight: its norm, and its
sum with the cosine of each place.

needs: bench/setup
"""

import json
import os
import shutil
import sys
import tempfile

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    BertTokenizer, DistilBertConfig, DistilBertModel, MPNetConfig, MPNetModel, MPNetTokenizer, RobertaConfig, RobertaModel, RobertaTokenizer,
    XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizer,
)

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "encoder", "testdata")
HIDDEN, INNER, POSITIONS = 32, 48, 40

CORPUS = [
    "The boundary layer of a wing in supersonic flow, and the heat it takes from the wall.",
    "Heat transfer to a flat plate: theory, measurements and what they don't agree on.",
    "It's the pressure that we're after; they've measured it at 12 stations, 34 times each.",
    "Der Wärmeübergang an der Wand, la couche limite, слой у стенки, 边界层 理论 の 測定.",
    "buckling of thin shells under external pressure, and of cylinders in torsion",
]
TEXTS = [
    "", " ", "heat", "The heat of the wing", "It's what they've measured, isn't it? We'll see: 1234.5 K",
    "  two  spaces,\n\n a line\t and tabs \r\n", "Wärme, la théorie e\u0301tude, слой 边界层 理论のﾃｽﾄ ﬁn ＨＥＡＴ", "a <mask> in a text <pad> and [MASK] [PAD] again </s>",
    "unbelievably-thermodynamic 🙂 \u00a0 ½ Ⅳ ٣ …", "a longer text of the boundary layer and the heat that the wall takes from the flow in it",
]


def letters(words):
    found = sorted({c for text in CORPUS for c in text.lower() if c != " "})
    return words + found + ["##" + c for c in found] + ["heat", "the", "wing", "flow", "##ing", "##er", "pressure"]


def word_pieces(words):
    return {word: i for i, word in enumerate(letters(words))}


def distilbert():
    tokenizer = BertTokenizer(vocab=word_pieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=HIDDEN, hidden_dim=INNER, n_layers=2, n_heads=4, max_position_embeddings=POSITIONS)
    return tokenizer, DistilBertModel(config)


def shape(tokenizer):
    return dict(vocab_size=len(tokenizer), hidden_size=HIDDEN, intermediate_size=INNER, num_hidden_layers=2, num_attention_heads=4)


def roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokenizer = RobertaTokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    config = RobertaConfig(**shape(tokenizer), max_position_embeddings=POSITIONS + 2, type_vocab_size=1, layer_norm_eps=1e-5)
    return tokenizer, RobertaModel(config)


def field(message, number):
    """A field of bytes of a protocol buffer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            value |= (message[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if message[at - 1] < 128:
                return value

    while at < len(message):
        key = varint()
        size = {0: 0, 1: 8, 5: 4}.get(key & 7)
        if size is None:
            size = varint()
        elif key & 7 == 0:
            varint()
        if key >> 3 == number:
            return message[at : at + size]
        at += size
    raise KeyError(number)


def character_map():
    """The map that sentencepiece compiles of a few of NFKC's rules and of those for spaces."""
    import sentencepiece

    rules = {"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "ﬁ": "fi", "½": "1⁄2", "Ⅳ": "IV", "…": "...", "e\u0301": "é", "\u200b": "", "ﾃ": "テ", "ｽ": "ス", "ﾄ": "ト"}
    rules |= {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
    with tempfile.TemporaryDirectory() as temp:
        tsv, text = os.path.join(temp, "rules.tsv"), os.path.join(temp, "text")
        with open(tsv, "w", encoding="utf-8") as out:
            for a, b in rules.items():
                out.write(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n")
        with open(text, "w", encoding="utf-8") as out:
            out.write("\n".join(CORPUS))
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=os.path.join(temp, "m"), vocab_size=120, hard_vocab_limit=False,
            normalization_rule_tsv=tsv, minloglevel=2)
        with open(os.path.join(temp, "m.model"), "rb") as file:
            return field(field(file.read(), 3), 2)  # ModelProto.normalizer_spec.precompiled_charsmap


def xlm_roberta():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=260, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 2, trainer)
    pieces = [tuple(piece) for piece in json.loads(tokenizer.to_str())["model"]["vocab"]] + [("<mask>", 0.0)]
    tokenizer = XLMRobertaTokenizer(vocab=pieces, _spm_precompiled_charsmap=character_map())
    config = XLMRobertaConfig(**shape(tokenizer), max_position_embeddings=POSITIONS + 2, type_vocab_size=1, layer_norm_eps=1e-5)
    return tokenizer, XLMRobertaModel(config)


def mpnet():
    tokenizer = MPNetTokenizer(vocab=word_pieces(["<s>", "<pad>", "</s>", "[UNK]"]) | {"<mask>": len(letters([])) + 4})
    config = MPNetConfig(**shape(tokenizer), max_position_embeddings=POSITIONS + 2, layer_norm_eps=1e-5)
    return tokenizer, MPNetModel(config)


def randomize(model):
    """Numbers large enough to tell one part of the network from another, that float16 holds."""
    generator = torch.Generator().manual_seed(7)
    for name, weight in model.named_parameters():
        deviation = 0.3 if weight.dim() == 2 else 0.1
        noise = deviation * torch.randn(weight.shape, generator=generator)
        weight.data = (noise + (1 if "LayerNorm.weight" in name or "layer_norm.weight" in name else 0)).half().float()


def mean_vectors(model, tokenizer):
    """Each text alone: no padding, which might hide something."""
    rows = []
    for text in TEXTS:
        encoding = tokenizer(text, return_tensors="pt", truncation=True, max_length=POSITIONS)
        inputs = {name: encoding[name] for name in ("input_ids", "attention_mask")}
        rows.append(model(**inputs).last_hidden_state[0].mean(0))
    return torch.stack(rows)


def places(shape):
    return torch.arange(shape.numel(), dtype=torch.float64).reshape(shape)


def write(name, tokenizer, model):
    folder = os.path.join(OUT, name)
    shutil.rmtree(folder, ignore_errors=True)
    randomize(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    weights = {key: value.half().contiguous() for key, value in model.state_dict().items() if "pooler" not in key and value.is_floating_point()}
    save_file(weights, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})

    model.double().eval()
    vectors = mean_vectors(model, tokenizer)
    (vectors * torch.sin(1 + places(vectors.shape))).sum().backward()
    gradients = {}
    for key, weight in model.named_parameters():
        if weight.grad is not None:
            gradients[key] = [float(weight.grad.norm()), float((weight.grad * torch.cos(places(weight.shape))).sum())]
    cases = []
    for text, vector in zip(TEXTS, vectors.tolist()):
        ids = [tokenizer(text).input_ids, tokenizer(text, truncation=True, max_length=8).input_ids]
        cases.append({"text": text, "ids": ids[0], "ids_max_8": ids[1], "vector": [round(x, 6) for x in vector]})
    with open(os.path.join(folder, "golden.json"), "w", encoding="utf-8") as out:
        json.dump({"cases": cases, "gradients": gradients}, out, ensure_ascii=False)
        out.write("\n")


for make in [distilbert, roberta, xlm_roberta, mpnet]:
    if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
        write(make.__name__, *make())
