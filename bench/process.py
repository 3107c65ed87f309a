"""A program run once, with the wall and processor time of the whole and of its phases."""

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field

import numpy
import psutil

SAMPLING = 0.05  # seconds between two looks at a program's processor time


@dataclass
class Span:
    """Seconds between two moments: on the clock, and of all processors together, user and system."""

    wall: float
    cpu: float


@dataclass
class Ran:
    """What a run printed and what it took."""

    whole: Span
    memory: int = 0  # bytes it held at most
    others: float = 0.0  # share of the machine's processors that other programs took meanwhile
    lines: list = field(default_factory=list)  # the JSON objects of its stdout
    came: list = field(default_factory=list)  # when each line came, on the monotonic clock
    samples: list = field(default_factory=list)  # (time, processor seconds so far)

    def span(self, start, end):
        """The span between two times of the monotonic clock."""
        times, seconds = zip(*self.samples)
        cpu = numpy.interp([start, end], times, seconds)
        return Span(end - start, float(cpu[1] - cpu[0]))

    def until(self, line):
        """The span that a line reports with its "seconds", and that ended when it came."""
        return self.span(self.came[line] - self.lines[line]["seconds"], self.came[line])


def run(command, env=None):
    """Runs a program that prints JSON lines. Its stderr is shown only if it fails, which ends this program too."""
    start, busy = time.monotonic(), busy_seconds()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | (env or {})) as process:
        ran = Ran(whole=None, samples=[(start, 0.0)])
        words, ended = [], threading.Event()
        readers = [
            threading.Thread(target=lambda: words.extend(process.stderr)),
            threading.Thread(target=sample, args=(process.pid, ran, ended)),
        ]
        for reader in readers:
            reader.start()
        try:
            for line in process.stdout:
                if line.startswith("{") and (parsed := as_json(line)):
                    ran.lines.append(parsed)
                    ran.came.append(time.monotonic())
            _, status, used = os.wait4(process.pid, 0)
            end = time.monotonic()
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
            for reader in readers:
                reader.join()
    cpu = used.ru_utime + used.ru_stime
    ran.samples.append((end, cpu))
    ran.whole = Span(end - start, cpu)
    ran.memory = used.ru_maxrss * 1024  # Linux counts in KiB
    ran.others = max(0.0, (busy_seconds() - busy - cpu) / (ran.whole.wall * os.cpu_count()))
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}\n{''.join(words[-20:])}")
    return ran


def busy_seconds():
    """Seconds that the machine's processors were at work since it started, or taken away by its host."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq + times.steal


def as_json(line):
    """The object of a line, or None: transformers prints a summary that only looks like JSON."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def sample(pid, ran, ended):
    try:
        process = psutil.Process(pid)
        while not ended.wait(SAMPLING):
            times = process.cpu_times()
            ran.samples.append((time.monotonic(), times.user + times.system))
    except psutil.NoSuchProcess:
        pass  # it ended between two looks; wait4 has the rest
