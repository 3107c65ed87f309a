"""The ONNX file that gradus export writes: is it sound, and does it give gradus's vectors?

    bench/onnx/run [--encoder DIR] [--collection DIR] [--texts N] [--int8 N]

Prints a line a fact; exits with 1 where ONNX's checker refuses the file or a
vector differs from gradus's by more than 1e-4.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile

import ir_measures
import numpy
import onnx
import onnxruntime
import tokenizers
from onnxruntime.quantization import QuantType, quantize_dynamic

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import sides
from peer.texts import documents, lines
from roundtrip import difference, vectors

BATCH = 16


def gradus(*args):
    subprocess.run([sides.GRADUS, *args], check=True, stdout=subprocess.DEVNULL)


class Session:
    """A model folder in ONNX Runtime alone: tokens from tokenizer.json, vectors from sentence_embedding."""

    def __init__(self, folder, path):
        with open(os.path.join(folder, "sentence_bert_config.json"), encoding="utf-8") as file:
            longest = json.load(file)["max_seq_length"]
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.enable_truncation(longest)
        self.tokenizer.enable_padding()
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def encode(self, texts):
        rows = {}
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # long texts side by side
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            tokens = self.tokenizer.encode_batch([texts[i] for i in some])
            values = {
                "input_ids": numpy.array([t.ids for t in tokens], dtype=numpy.int64),
                "attention_mask": numpy.array([t.attention_mask for t in tokens], dtype=numpy.int64),
                "token_type_ids": numpy.array([t.type_ids for t in tokens], dtype=numpy.int64),
            }
            found = self.session.run(["sentence_embedding"], {i.name: values[i.name] for i in self.session.get_inputs()})[0]
            rows.update(zip(some, found))
        return numpy.array([rows[i] for i in range(len(texts))])


def stored(folder, rows):
    """Vectors as gradus encode stores them: of unit length where the model is compared by cosine."""
    with open(os.path.join(folder, "config_sentence_transformers.json"), encoding="utf-8") as file:
        cosine = json.load(file)["similarity_fn_name"] == "cosine"
    return unit(rows) if cosine else rows


def unit(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def judged(collection, documents):
    """The queries of the test split with a relevant document among these, and their judgments."""
    with open(os.path.join(collection, "qrels", "test.tsv"), encoding="utf-8") as file:
        rows = [line.split("\t") for line in itertools.islice(file, 1, None)]
    qrels = [ir_measures.Qrel(query, document, int(grade)) for query, document, grade in rows if document in documents]
    wanted = {q.query_id for q in qrels if q.relevance > 0}
    return [query for query in lines(os.path.join(collection, "queries.jsonl")) if query["_id"] in wanted], qrels


def compare_int8(folder, path, collection, count):
    """What ONNX Runtime's dynamic quantisation costs: the vectors' cosines, and the ranking of a collection's first documents."""
    ids, texts = zip(*itertools.islice(documents(collection), count))
    queries, qrels = judged(collection, set(ids))
    full = None
    for name, scales in ("float32", None), ("int8, a scale a column", True), ("int8, a scale a matrix", False):
        file = path
        if scales is not None:
            file = path.replace("model.onnx", f"model_{scales}.onnx")
            quantize_dynamic(path, file, weight_type=QuantType.QInt8, per_channel=scales)
        session = Session(folder, file)
        found = session.encode(texts)
        full = found if full is None else full
        scores = session.encode([query["text"] for query in queries]) @ found.T
        run = [ir_measures.ScoredDoc(query["_id"], ids[d], float(row[d])) for query, row in zip(queries, scores) for d in numpy.argsort(-row)[:10]]
        value = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)[ir_measures.nDCG @ 10]
        cosines = (unit(full) * unit(found)).sum(axis=1)
        print(f"{name}\t{os.path.getsize(file) / 2**20:.1f} MiB\tnDCG@10 {value:.4f}, {len(queries)} queries, {len(ids)} documents\t"
              f"cosine {cosines.mean():.4f} on average, {cosines.min():.4f} at least", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--collection", default="data/cranfield")
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--int8", type=int, default=0, metavar="N", help="also quantise to int8, and rank the first N documents by both")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        folder, few, out = (os.path.join(temp, name) for name in ("model", "few", "vectors"))
        gradus("export", "--offline", "--encoder", args.encoder, "--format", "onnx", "--out", folder)
        path = os.path.join(folder, "onnx", "model.onnx")
        onnx.checker.check_model(path, full_check=True)
        print(f"onnx.checker {onnx.__version__}\tsound, opset {onnx.load(path, load_external_data=False).opset_import[0].version}")

        os.mkdir(few)
        with open(os.path.join(few, "corpus.jsonl"), "w", encoding="utf-8") as file:
            for document in itertools.islice(lines(os.path.join(args.collection, "corpus.jsonl")), args.texts):
                print(json.dumps(document), file=file)
        _, texts = zip(*documents(few))
        gradus("encode", "--offline", "--encoder", args.encoder, "--collection", few, "--out", out)
        ours = vectors(out)[1]
        alone = difference(ours, stored(folder, Session(folder, path).encode(texts)))
        print(f"onnxruntime {onnxruntime.__version__}\tlargest difference {alone:.2g}, {len(texts)} texts")

        import sentence_transformers  # slow

        model = sentence_transformers.SentenceTransformer(folder, backend="onnx", model_kwargs={"provider": "CPUExecutionProvider"})
        there = difference(ours, stored(folder, model.encode(list(texts), show_progress_bar=False)))
        print(f"sentence-transformers {sentence_transformers.__version__}\tlargest difference {there:.2g}, backend onnx")
        if args.int8:
            compare_int8(folder, path, args.collection, args.int8)


if __name__ == "__main__":
    sys.exit(main())
