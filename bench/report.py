"""The figures as Markdown, and their place in docs/benchmarks.md."""

import importlib.metadata
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field

import psutil

from sides import OURS, PEER

BEGIN, END = "<!-- figures: written by bench/run -->", "<!-- end of figures -->"

QUIET = 0.05  # share of the processors that others may take

median = statistics.median


@dataclass
class Row:
    """One thing measured on both sides, in several runs."""

    what: str
    peer: list  # spans
    ours: list
    amount: int  # texts or lists of a run
    unit: str

    def ratio(self, kind):
        """How many times as fast ours is."""
        return median([getattr(s, kind) for s in self.peer]) / median([getattr(s, kind) for s in self.ours])

    def __str__(self):
        cells = [self.what]
        for kind in ("wall", "cpu"):
            for spans in (self.peer, self.ours):
                values = [getattr(s, kind) for s in spans]
                cell = f"{median(values):.1f} s ({min(values):.1f}–{max(values):.1f})"
                if kind == "wall":
                    cell += f", {self.amount / median(values):.1f} {self.unit}"
                cells.append(cell)
            cells.append(f"**{self.ratio(kind):.2f}**")
        return line(cells)


@dataclass
class Section:
    title: str
    rows: list
    name: str
    mark: float | None  # what the first row's ratio is to reach
    notes: list
    runs: list = field(default_factory=list)  # of each program in turn
    rates: list = field(default_factory=list)  # (what, theirs, ours) texts/s of one thread, in place of rows

    def __str__(self):
        parts = [f"### {self.title}"]
        if self.rows:
            head = ["", f"{PEER}, wall", f"{OURS}, wall", "ratio", f"{PEER}, processor", f"{OURS}, processor", "ratio"]
            parts.append("\n".join([line(head), line(["---"] * len(head)), *map(str, self.rows)]))
        if self.rates:
            head = ["", "Rust `tokenizers`", OURS, "ratio"]
            rows = [line([cut, f"{rust} texts/s", f"{ours} texts/s", f"**{ours / rust:.2f}**"]) for cut, rust, ours in self.rates]
            parts.append("\n".join([line(head), line(["---"] * len(head)), *rows]))
        if self.notes:
            parts.append("\n".join(self.notes))
        return "\n\n".join(parts)

    def reached(self):
        """The ratio, or the smallest of several, that stands against the mark: wall time."""
        return self.rows[0].ratio("wall") if self.rows else min(ours / rust for _, rust, ours in self.rates)


@dataclass
class Setting:
    """Where and with what the figures were taken."""

    runs: int
    date: str
    plugin: str  # the XLA plugin's version

    def __str__(self):
        memory = psutil.virtual_memory().total / 2**30
        versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("sentence-transformers", "torch", "transformers", "tokenizers"))
        machine = f"{processor()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"
        return "\n".join([
            f"- machine: {machine}",
            f"- gradus: commit {commit()}, {words('go', 'env', 'GOVERSION')}, XLA CPU plugin {self.plugin}",
            f"- beside it: Python {platform.python_version()}, {versions}",
            f"- medians of {self.runs} runs of each side, in turn; smallest and largest in brackets" + (f"; {self.date}" if self.date else ""),
        ])


def memory(taken):
    """What each program held at most, in words."""
    most = [f"{name} {max(ran.memory for ran in runs) / 2**30:.1f} GiB" for name, runs in taken.items()]
    return f"Most memory held: {', '.join(most)}."


def disturbance(sections):
    """How quiet the machine was, in words."""
    shares = [ran.others for section in sections for runs in section.runs for ran in runs]
    if not shares:
        return "quiet or not was not measured"
    text = f"other programs took {100 * median(shares):.0f} % of the processors in the median run, {100 * max(shares):.0f} % in the worst"
    if median(shares) > QUIET:
        text += ": **not quiet, take the ratios as rough**"
    return text


def markdown(setting, sections):
    marks = [line(["", "ratio", "mark"]), line(["---"] * 3)]
    marks += [line([s.name, f"**{s.reached():.2f}**", f"≥ {s.mark}"]) for s in sections if s.mark is not None]
    return "\n\n".join([f"{setting}\n- {disturbance(sections)}", "\n".join(marks), *map(str, sections)])


def write(path, text):
    """Puts the text between the marks of a file that has them, else makes it the file."""
    block = f"{BEGIN}\n{text}\n{END}"
    try:
        with open(path, encoding="utf-8") as file:
            old = file.read()
    except FileNotFoundError:
        old = block
    new = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: block, old, count=1, flags=re.DOTALL)
    if block not in new:
        raise SystemExit(f"{path}: want the lines {BEGIN!r} and {END!r}, to write the figures between them")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(new if new.endswith("\n") else new + "\n")
    os.replace(path + ".new", path)


def line(cells):
    return "| " + " | ".join(cells) + " |"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)[1]


def commit():
    """HEAD, with a word where the program may be another."""
    changed = words("git", "status", "--porcelain", "--untracked-files=no", "--", "*.go", "go.mod")
    return words("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def words(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
