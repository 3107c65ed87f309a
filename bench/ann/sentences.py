"""A collection of the sentences of another, and of stretches of two and three that follow one another.

usage: sentences.py COLLECTION OUT

It has the other's queries. That makes some hundred thousand real texts of a few thousand documents.
"""

import json
import os
import re
import sys


def main():
    source, out = sys.argv[1:]
    os.makedirs(out)
    with open(f"{source}/corpus.jsonl") as corpus, open(f"{out}/corpus.jsonl", "w") as sentences:
        for line in corpus:
            document = json.loads(line)
            parts = [part for part in re.split(r"(?<=[.!?])\s+", document["text"]) if len(part) > 20]
            for length in (1, 2, 3):
                for first in range(len(parts) - length + 1):
                    text = " ".join(parts[first : first + length])
                    sentences.write(json.dumps({"_id": f"{document['_id']}.{first}.{length}", "title": "", "text": text}) + "\n")
    with open(f"{source}/queries.jsonl") as queries, open(f"{out}/queries.jsonl", "w") as copy:
        copy.write(queries.read())


main()
