"""sentence-transformers behind FastAPI, as people write it: one endpoint of OpenAI's protocol, requests on a thread pool.

    python bench/serve/peer.py MODEL_FOLDER PORT [MAX_TOKENS]
"""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

folder, port = sys.argv[1], int(sys.argv[2])
model = SentenceTransformer(folder, device="cpu")
if len(sys.argv) > 3:
    model.max_seq_length = int(sys.argv[3])
app = FastAPI()


class Request(BaseModel):
    input: str | list[str]
    model: str = "minilm"


@app.post("/v1/embeddings")
def embeddings(request: Request):
    texts = [request.input] if isinstance(request.input, str) else request.input
    vectors = model.encode(texts, show_progress_bar=False)
    return {
        "object": "list", "model": request.model,
        "data": [{"object": "embedding", "index": i, "embedding": vector.tolist()} for i, vector in enumerate(vectors)],
    }


@app.get("/readyz")
def ready():
    return {"status": "ready"}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
