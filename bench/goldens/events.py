"""The bytes of an event file as the tensorboard package writes them, and what it reads of ours.

    python -m venv tb && tb/bin/pip install tensorboard==2.21.0
    tb/bin/python bench/goldens/events.py [FILE_OF_OURS]

Prints the golden of internal/tensorboard's test; given a file, its scalars.
"""

import sys

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

if len(sys.argv) > 1:
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

    for raw in RawEventFileLoader(sys.argv[1]).Load():
        event = Event.FromString(raw)
        print(event.step, event.file_version, {v.tag: round(v.simple_value, 6) for v in event.summary.value})
    sys.exit()


class Hex:
    def write(self, data):
        print(data.hex(), end="")


writer = RecordWriter(Hex())
writer.write(Event(wall_time=1.5, file_version="brain.Event:2").SerializeToString())
values = [Summary.Value(tag="loss", simple_value=0.5), Summary.Value(tag="lr", simple_value=2e-5)]
writer.write(Event(wall_time=2, step=3, summary=Summary(value=values)).SerializeToString())
print()
