"""Six training steps of PyTorch on Cranfield's graded lists, with WS2 and with InfoNCE.

    bench/.venv/bin/python bench/goldens/trajectory.py MINILM_FOLDER > train/testdata/cranfield.json

train/testdata/README.md tells the setting. The texts are the repository's own, data/cranfield-graded.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModel, AutoTokenizer

STEPS, QUERIES, TEMPERATURE = 6, 8, 0.05
LISTS = pathlib.Path(__file__).parents[2] / "data" / "cranfield-graded"


def read(name):
    return [json.loads(line) for line in open(LISTS / name, encoding="utf-8")]


def groups():
    """The lists that have a document of each grade: query id, query, documents by falling grade."""
    documents = {d["_id"]: (d["title"] + " " + d["text"]).strip() for d in read("corpus.jsonl")}
    for q in read("queries.jsonl"):
        ids = [f"{q['_id']}-{grade}" for grade in (3, 2, 1, 0)]
        if all(i in documents for i in ids):
            yield q["_id"], q["text"], [documents[i] for i in ids]


def ws2(scores, grades):
    p, g = scores.softmax(1), grades.softmax(1)
    x, y = p - p.mean(0), g - g.mean(0)
    bures = (x.square().sum() + y.square().sum() - 2 * torch.linalg.matrix_norm(x @ y.T, "nuc")) / (len(p) - 1)
    return (p.mean(0) - g.mean(0)).square().sum() + bures


def infonce(scores, grades):
    return torch.nn.functional.cross_entropy(scores, grades.argmax(1))


def train(folder, loss, lists):
    torch.manual_seed(0)
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)

    def encode(texts, length):
        batch = tokenizer(texts, padding=True, truncation=True, max_length=length, return_tensors="pt")
        states = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)

    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
    grades = torch.block_diag(*[torch.tensor([[3.0, 2.0, 1.0, 0.0]])] * QUERIES)
    steps = []
    for step in range(STEPS):
        part = lists[step * QUERIES:][:QUERIES]
        scores = encode([q for _, q, _ in part], 64) @ encode([d for _, _, ds in part for d in ds], 192).T / TEMPERATURE
        value = loss(scores.double(), grades.double())
        optimizer.zero_grad()
        value.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        optimizer.step()
        steps.append({"loss": value.item(), "grad_norm": norm.item()})
    with torch.no_grad():
        final = encode([q for _, q, _ in lists[:3]], 64)
    return {"steps": steps, "final_query_embeddings": [[round(v, 7) for v in row] for row in final.tolist()]}


lists = list(groups())[:STEPS * QUERIES]
print(json.dumps({"queries": [i for i, _, _ in lists], "ws2": train(sys.argv[1], ws2, lists), "infonce": train(sys.argv[1], infonce, lists)}))
