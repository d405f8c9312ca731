"""Reading from every kind of position, and readers with owner levels."""

import threading
import time
from datetime import timedelta

from checks import expect, until
from sending import send
from world import consumer, order, producer

PARTITION = "1"


class Reading:
    """Reads one partition on a thread of its own until the check is over."""

    def __init__(self, position, partition_id=PARTITION, **more):
        self.events = []
        self.errors = []
        self.newest = None
        arguments = {"partition_id": partition_id, "starting_position": position, **more}
        client = consumer()
        threading.Thread(target=self._receive, args=(client, arguments), daemon=True).start()

    def _receive(self, client, arguments):
        try:
            client.receive(self._on_event, on_error=self._on_error, **arguments)
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def _on_event(self, context, event):
        self.events.append(event)
        properties = context.last_enqueued_event_properties
        self.newest = properties and properties["sequence_number"]

    def _on_error(self, _context, error):
        self.errors.append(error)

    @property
    def bodies(self):
        return [event.body_as_str() for event in self.events]

    def wait_for(self, *bodies):
        until(lambda: len(self.events) >= len(bodies), self.describe)
        expect(self.bodies == list(bodies), self.describe())

    def wait_for_error(self, text):
        until(lambda: any(text in str(error) for error in self.errors), self.describe)

    def describe(self):
        return f"got {self.bodies}, heard {self.errors}"


def wait_for_link(reading):
    """Waits until the hub knows of a reader."""
    until(lambda: order("links") != "0", reading.describe)
    time.sleep(0.1)


def read_earliest():
    send(producer(), "first", "second", "third", partition_id=PARTITION)
    Reading("-1").wait_for("first", "second", "third")


def read_latest():
    reading = Reading("@latest")
    wait_for_link(reading)
    send(producer(), "fourth", partition_id=PARTITION)
    reading.wait_for("fourth")


def _all():
    reading = Reading("-1")
    reading.wait_for("first", "second", "third", "fourth")
    return reading.events


def _read_from(position):
    second = position(_all()[1])
    Reading(second).wait_for("third", "fourth")
    Reading(second, starting_position_inclusive=True).wait_for("second", "third", "fourth")


def read_sequence_number():
    _read_from(lambda event: event.sequence_number)


def read_offset():
    _read_from(lambda event: event.offset)


def read_time():
    third = _all()[2]
    Reading(third.enqueued_time + timedelta(milliseconds=1)).wait_for("fourth")


def runtime_metric():
    reading = Reading("-1", track_last_enqueued_event_properties=True)
    until(lambda: reading.newest == 3, lambda: f"the newest is {reading.newest}")


def takeover():
    holder = Reading("-1", owner_level=0)
    until(lambda: holder.events, holder.describe)
    taker = Reading("-1", owner_level=0)
    until(lambda: taker.events, taker.describe)
    holder.wait_for_error("New receiver")


def lower_refused():
    _refused_beside_one("with a higher epoch '1' already exists", owner_level=0)


def none_refused():
    _refused_beside_one("non-epoch receiver is not allowed")


def _refused_beside_one(text, **level):
    holder = Reading("-1", owner_level=1)
    until(lambda: holder.events, holder.describe)
    Reading("-1", **level).wait_for_error(text)
    expect(not holder.errors, holder.describe())


CHECKS = [
    ("read earliest", read_earliest),
    ("read latest", read_latest),
    ("read sequence number", read_sequence_number),
    ("read offset", read_offset),
    ("read time", read_time),
    ("runtime metric", runtime_metric),
    ("equal epoch takes over", takeover),
    ("lower epoch refused", lower_refused),
    ("no epoch refused", none_refused),
]
