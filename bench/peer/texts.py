"""The texts of a collection in BEIR's layout, as both sides read them."""

import json
import os


def lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def documents(folder):
    """(id, content) of each document: its title, a space and its text, trimmed."""
    for document in lines(os.path.join(folder, "corpus.jsonl")):
        yield document["_id"], (document["title"] + " " + document["text"]).strip()


def lists(folder, split):
    """(query, documents) of each query, the document of the highest grade first, in the order of queries.jsonl."""
    content = dict(documents(folder))
    graded = {}
    with open(os.path.join(folder, "qrels", split + ".tsv"), encoding="utf-8") as file:
        next(file)
        for line in file:
            query, document, grade = line.rstrip("\n").split("\t")
            graded.setdefault(query, []).append((-int(grade), document))
    for query in lines(os.path.join(folder, "queries.jsonl")):
        if query["_id"] in graded:
            yield query["text"], [content[document] for _, document in sorted(graded[query["_id"]])]
