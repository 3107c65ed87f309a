"""Ranks lines of text for a query with a model that gradus trained: python search.py MODEL QUERY < TEXTS"""

import sys

from sentence_transformers import SentenceTransformer

folder, query = sys.argv[1:]
documents = [line.strip() for line in sys.stdin if line.strip()]

model = SentenceTransformer(folder)
# encode_query and encode_document put the prompts before the texts that the model was trained with, if any.
scores = model.similarity(model.encode_query([query]), model.encode_document(documents))[0]
for i in scores.argsort(descending=True):
    print(f"{scores[i]:.4f}\t{documents[i]}")
