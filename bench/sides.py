"""The two sides of each comparison: the same work as a gradus command and as a sentence-transformers program."""

import os
import shutil
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "out")
GRADUS = os.path.join(OUT, "gradus")
COMPILE = os.path.join(OUT, "compile")
PEER, OURS = BOTH = "sentence-transformers", "gradus"

# One step of training, alike on both sides. The rate is constant because the two warm-ups count differently.
QUERIES_PER_STEP = 16
TRAINING = {
    "--lr": 2e-5,
    "--temperature": 0.05,
    "--clip": 1,
    "--queries-per-step": QUERIES_PER_STEP,
    "--query-max-length": 64,
    "--document-max-length": 256,
}
MAX_LENGTH = 256  # of an encoded document
# A temperature of WS2's own, given and not calibrated: the calibration is not part of a step.
WS2_TEMPERATURE = 0.15


@dataclass
class Work:
    """What is compared, on which data."""

    encoder: str  # a model folder
    collection: str  # encoded
    documents: int  # it has
    lists: str  # trained on
    groups: int  # lists it has
    steps: int  # trained


def flags(values):
    return [str(part) for pair in values.items() for part in pair]


def encode_peer(work):
    out = fresh("encode-peer.npy")
    return [sys.executable, os.path.join(HERE, "peer", "encode.py"), "--encoder", work.encoder, "--collection", work.collection,
            "--max-length", str(MAX_LENGTH), "--out", out]


def encode_gradus(work, precision="float32"):
    out = fresh("encode-gradus-" + precision)
    return [GRADUS, "encode", "--offline", "--json", "--encoder", work.encoder, "--collection", work.collection, "--max-length", str(MAX_LENGTH),
            "--precision", precision, "--out", out]


def train_peer(work):
    out = fresh("train-peer")
    return [sys.executable, os.path.join(HERE, "peer", "train.py"), "--encoder", work.encoder, "--collection", work.lists,
            "--steps", str(work.steps), *flags(TRAINING), "--out", out]


def train_gradus(work, loss="infonce", precision="float32"):
    out = fresh(f"train-gradus-{loss}-{precision}")
    options = TRAINING | ({"--temperature": WS2_TEMPERATURE} if loss == "ws2" else {})
    epochs = work.steps * QUERIES_PER_STEP / work.groups
    return [GRADUS, "train", "--offline", "--json", "--encoder", work.encoder, "--source", f"dir={work.lists},split=train", "--loss", loss,
            "--epochs", str(epochs), "--schedule", "constant", "--warm-up", "0", "--weight-decay", "0", "--in-order",
            "--precision", precision, *flags(options), "--out", out]


def fresh(name):
    """The path of an output that is not there yet."""
    path = os.path.join(OUT, name)
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)
    return path
