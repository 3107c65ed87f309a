"""sentence-transformers' side of training: its trainer and its InfoNCE over graded lists.

    python bench/peer/train.py --encoder DIR --collection DIR --steps 25 --out DIR

A list is an anchor, its document of the highest grade as the positive and the
others as hard negatives; all other documents of the step are negatives too.
Everything else is as in bench/sides.py: the order given, AdamW, a constant
rate, no dropout, float32. Prints a JSON line a step, like gradus train --json.

needs: bench/setup
"""

import argparse
import json
import time

from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch.utils.data import SequentialSampler
from transformers import TrainerCallback

from texts import lists


class Steps(TrainerCallback):
    """Prints the steps as they end: a step lasts from the end of the one before, its reading and tokenizing included."""

    def __init__(self, loss):
        self.losses = []
        loss.register_forward_hook(lambda module, inputs, value: self.losses.append(value.detach()))

    def on_train_begin(self, args, state, control, **kwargs):
        self.last = time.monotonic()

    def on_step_end(self, args, state, control, **kwargs):
        now = time.monotonic()
        print(json.dumps({"step": state.global_step, "loss": self.losses[-1].item(), "seconds": now - self.last}), flush=True)
        self.last = now


def dataset(model, args):
    """The lists as columns: anchor, positive, negative_1, …"""
    columns = {}
    for query, documents in lists(args.collection, args.split):
        if len(model.tokenizer(query)["input_ids"]) > args.query_max_length:
            # The library knows one maximum length. Equal work needs queries that the shorter one does not cut.
            raise SystemExit(f"want queries of at most {args.query_max_length} tokens, got {query!r}")
        for i, text in enumerate([query] + documents):
            columns.setdefault(["anchor", "positive"][i] if i < 2 else f"negative_{i - 1}", []).append(text)
    if len({len(column) for column in columns.values()}) != 1:
        raise SystemExit(f"{args.collection}: want as many documents for each query")
    return Dataset.from_dict(columns)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--collection", required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--queries-per-step", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--temperature", type=float, required=True)
    parser.add_argument("--clip", type=float, required=True)
    parser.add_argument("--query-max-length", type=int, required=True)
    parser.add_argument("--document-max-length", type=int, required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    model = SentenceTransformer(args.encoder, device="cpu", config_kwargs={"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0})
    model.max_seq_length = args.document_max_length
    loss = MultipleNegativesRankingLoss(model, scale=1 / args.temperature)
    trainer = SentenceTransformerTrainer(
        model=model,
        loss=loss,
        train_dataset=dataset(model, args),
        callbacks=[Steps(loss)],
        args=SentenceTransformerTrainingArguments(
            output_dir=args.out,
            max_steps=args.steps,
            per_device_train_batch_size=args.queries_per_step,
            batch_sampler=lambda data, batch_size, drop_last, **_: DefaultBatchSampler(SequentialSampler(data), batch_size, drop_last),
            learning_rate=args.lr,
            lr_scheduler_type="constant",
            weight_decay=0.0,
            max_grad_norm=args.clip,
            use_cpu=True,
            bf16=False,
            fp16=False,
            eval_strategy="no",
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
    )
    trainer.train()
    model.save_pretrained(args.out, create_model_card=False)


main()
