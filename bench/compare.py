"""gradus beside sentence-transformers and the Rust tokenizer, taking turns; called by bench/run.

Prints what it does on stderr and the tables on stdout, and writes them into
docs/benchmarks.md, between its two marks. With --quick or --only they go to
bench/out/benchmarks.md.

A comparison whose two sides do not do the same work is an error: encoding must
give equal vectors, training equal losses.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

import numpy

import process
import report
import sides
from peer.texts import lines
from roundtrip import difference, vectors

LOSS_TOLERANCE = 1e-2  # on a step's loss
QUICK_DOCUMENTS, QUICK_STEPS = 600, 8
ROUNDED = ["bfloat16", "int8"]  # precisions beside float32


def say(text):
    print(text, file=sys.stderr, flush=True)


def take_turns(runs, programs):
    """Runs the named programs A B … A B …; the runs of each, by name."""
    taken = {name: [] for name in programs}
    for turn in range(runs):
        for name, (command, env) in programs.items():
            ran = process.run(command(), env)
            taken[name].append(ran)
            say(f"  run {turn + 1} of {runs}\t{name}\t{ran.whole.wall:.1f} s, {ran.whole.cpu:.1f} s of processor, others {100 * ran.others:.0f} %")
    return taken


def encode(work, runs):
    say(f"encoding {work.documents} documents")
    taken = take_turns(runs, {
        sides.PEER: (lambda: sides.encode_peer(work), OFFLINE),
        sides.OURS: (lambda: sides.encode_gradus(work), None),
        **{f"gradus, {p}": (lambda p=p: sides.encode_gradus(work, p), None) for p in ROUNDED},
    })
    theirs = numpy.load(os.path.join(sides.OUT, "encode-peer.npy"))
    _, ours = vectors(os.path.join(sides.OUT, "encode-gradus-float32"))
    apart = difference(ours, theirs)
    cosines = []
    for precision in ROUNDED:
        _, rounded = vectors(os.path.join(sides.OUT, "encode-gradus-" + precision))
        along = (rounded * theirs).sum(axis=1)
        cosines.append(f"{precision} {along.mean():.4f} (least {along.min():.4f})")
    compiled = process.run([sides.COMPILE, "-encoder", work.encoder, "-collection", work.collection, "-max-length", str(sides.MAX_LENGTH)]).lines[0]
    rows = [
        report.Row("first text to last vector", *[[ran.until(0) for ran in taken[side]] for side in sides.BOTH], work.documents, "documents/s"),
        report.Row("whole process", *[[ran.whole for ran in taken[side]] for side in sides.BOTH], work.documents, "documents/s"),
    ]
    for precision in ROUNDED:
        pair = [[ran.until(0) for ran in taken[side]] for side in (sides.PEER, f"gradus, {precision}")]
        rows.append(report.Row(f"float32 there, {precision} here, first text to last vector", *pair, work.documents, "documents/s"))
    return report.Section(
        f"Encoding: {work.documents:,} documents of SciFact, 256 tokens", rows, "encode", 1.1,
        [f"The vectors differ by at most {apart:.1g}; the cosines of rounded ones with sentence-transformers' are on average {' and '.join(cosines)}.",
         f"Of gradus's time {compiled['seconds']:.1f} s are the compilation of {compiled['shapes']} shapes.",
         report.memory(taken)], list(taken.values()))


def train(work, runs):
    say(f"training {work.steps} steps")
    ws2, half = "gradus, ws2", "gradus, bfloat16"
    taken = take_turns(runs, {
        sides.PEER: (lambda: sides.train_peer(work), OFFLINE),
        sides.OURS: (lambda: sides.train_gradus(work), None),
        ws2: (lambda: sides.train_gradus(work, "ws2"), None),
        half: (lambda: sides.train_gradus(work, precision="bfloat16"), None),
    })
    for name, list_of_runs in taken.items():
        for ran in list_of_runs:
            if len(ran.lines) != work.steps:
                raise SystemExit(f"{name}: want {work.steps} steps, got {len(ran.lines)}")
    theirs, ours = ([line["loss"] for line in taken[side][0].lines] for side in sides.BOTH)
    for step, (there, here) in enumerate(zip(theirs, ours), 1):
        if not abs(there - here) <= LOSS_TOLERANCE:
            raise SystemExit(f"step {step}: want a loss within {LOSS_TOLERANCE} of {there}, got {here}")
    steady, whole = {}, {}
    for name, list_of_runs in taken.items():
        steady[name] = [ran.span(ran.came[0], ran.came[-1]) for ran in list_of_runs]
        whole[name] = [ran.whole for ran in list_of_runs]
    last, after = f"2 to {work.steps}", (work.steps - 1) * sides.QUERIES_PER_STEP
    every = work.steps * sides.QUERIES_PER_STEP
    rows = [
        report.Row(f"InfoNCE, steps {last}", steady[sides.PEER], steady[sides.OURS], after, "lists/s"),
        report.Row("InfoNCE, whole process", whole[sides.PEER], whole[sides.OURS], every, "lists/s"),
        report.Row(f"InfoNCE there, WS2 here, steps {last}", steady[sides.PEER], steady[ws2], after, "lists/s"),
        report.Row("InfoNCE there, WS2 here, whole process", whole[sides.PEER], whole[ws2], every, "lists/s"),
        report.Row(f"InfoNCE, float32 there, bfloat16 here, steps {last}", steady[sides.PEER], steady[half], after, "lists/s"),
    ]
    tokens, padded = (sum(line[key] for line in taken[sides.OURS][0].lines) for key in ("tokens", "padded"))
    return report.Section(
        f"Training: {work.steps} steps of 16 queries and their 64 documents", rows, "train", 1.5,
        [f"InfoNCE's loss is {theirs[0]:.6f} there and {ours[0]:.6f} here at step 1; over all steps they differ by at most "
         f"{max(abs(a - b) for a, b in zip(theirs, ours)):.1g}.",
         f"The first step takes {first(taken[sides.PEER])} there, {first(taken[sides.OURS])} here, where the programs are compiled in it.",
         f"gradus pads its {tokens:,} tokens to {padded:,}.",
         report.memory(taken)], list(taken.values()))


def first(runs):
    """The first step's seconds and those of the others, medians."""
    return (f"{report.median([ran.lines[0]['seconds'] for ran in runs]):.1f} s"
            f" (the others {report.median([step['seconds'] for ran in runs for step in ran.lines[1:]]):.1f} s)")


def round_trip(work):
    """The folder that the training wrote, read by sentence-transformers."""
    say("round trip")
    folder = os.path.join(sides.OUT, "train-gradus-infonce-float32")
    few = subset(work.collection, 100)
    found = process.run([sys.executable, os.path.join(sides.HERE, "roundtrip.py"), "--encoder", folder, "--collection", few], OFFLINE).lines[0]
    return report.Section("The trained folder in sentence-transformers", [], "roundtrip", None,
                          [f"The folder that `gradus train` wrote gives the same vectors there: {found['texts']} documents, "
                           f"largest difference {found['difference']:.1g}."])


def tokenizer(work):
    say("tokenizing")
    printed = subprocess.run([sys.executable, os.path.join(sides.HERE, "tokenizer", "bench.py"), work.encoder, work.collection],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
    rates = re.findall(r"^(.+): rust (\d+) texts/s, ours (\d+) texts/s", printed, re.MULTILINE)
    if not rates:
        raise SystemExit(f"bench/tokenizer/bench.py: want lines with rates, got {printed!r}")
    return report.Section(f"Tokenizing: {work.documents:,} documents of SciFact, one thread", [], "tokenizer", 2.0, [],
                          rates=[(cut, int(rust), int(ours)) for cut, rust, ours in rates])


OFFLINE = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}


def subset(folder, count):
    """A collection of every n-th document, so that short and long ones are in it as in the whole."""
    out = sides.fresh(f"scifact-{count}")
    os.makedirs(out)
    documents = list(lines(os.path.join(folder, "corpus.jsonl")))
    with open(os.path.join(out, "corpus.jsonl"), "w", encoding="utf-8") as file:
        for document in documents[:: max(1, len(documents) // count)][:count]:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")
    return out


def without_twins(folder):
    """The lists, one for each text of a query: gradus masks what another query of the same text brings along, the other side does not."""
    out = sides.fresh("lists")
    shutil.copytree(folder, out)
    twins, seen = set(), set()
    for query in lines(os.path.join(folder, "queries.jsonl")):
        if query["text"] in seen:
            twins.add(query["_id"])
        seen.add(query["text"])
    path = os.path.join(out, "qrels", "train.tsv")
    with open(path, encoding="utf-8") as file:
        rows = [row for row in file if row.split("\t")[0] not in twins]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(rows)
    return out, len(seen)


def prepare(args):
    scifact, graded = (os.path.join(args.data, name) for name in ("scifact", "scifact-graded"))
    for folder in (scifact, graded):
        if not os.path.exists(os.path.join(folder, "corpus.jsonl")):
            raise SystemExit(f"{folder}: want a collection in BEIR's layout there; name another place with --data DIR")
    graded, groups = without_twins(graded)
    printed = subprocess.run([sides.GRADUS, "setup", "minilm", "xla-cpu"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assets = {fields[0]: fields for fields in (line.split("\t") for line in printed.splitlines())}
    few = args.documents or QUICK_DOCUMENTS * args.quick
    collection = subset(scifact, few) if few else scifact
    steps = args.steps or (QUICK_STEPS if args.quick else groups // sides.QUERIES_PER_STEP)
    documents = sum(1 for _ in lines(os.path.join(collection, "corpus.jsonl")))
    return sides.Work(assets["minilm"][3], collection, documents, graded, groups, steps), assets["xla-cpu"][1]


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description="gradus beside sentence-transformers and the Rust tokenizer")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DOCUMENTS} documents and {QUICK_STEPS} steps")
    parser.add_argument("--documents", type=int, default=0, help="encode so many of SciFact's documents (all)")
    parser.add_argument("--steps", type=int, default=0, help="train so many steps (an epoch)")
    parser.add_argument("--runs", type=int, default=os.environ.get("RUNS", "5"), help="runs of each side, of which the median counts (RUNS; 5)")
    parser.add_argument("--only", action="append", choices=["encode", "train", "tokenizer"], help="one comparison; may be given again")
    parser.add_argument("--data", default=os.environ.get("GRADUS_DATA", "../shared/data"), help="folder of scifact/ and scifact-graded/ (GRADUS_DATA; ../shared/data)")
    parser.add_argument("--date", default="", help="date to put beside the figures")
    parser.add_argument("--write", help="the file to write the tables into (docs/benchmarks.md, bench/out/benchmarks.md for a part)")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error(f"want at least 1 run, got {args.runs}")
    work, plugin = prepare(args)
    setting = report.Setting(runs=args.runs, date=args.date, plugin=plugin)
    wanted = args.only or ["encode", "train", "tokenizer"]
    sections = []
    if "encode" in wanted:
        sections.append(encode(work, args.runs))
    if "train" in wanted:
        sections += [train(work, args.runs), round_trip(work)]
    if "tokenizer" in wanted:
        sections.append(tokenizer(work))
    text = report.markdown(setting, sections)
    part = os.path.join(sides.OUT, "benchmarks.md")
    report.write(args.write or (part if args.quick or args.only else "docs/benchmarks.md"), text)
    print(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
