"""Several connections of one subscriber name, and of several."""

import grpc

from checks import expect, until
from streams import Reading, publish
from world import new_name, new_topic


def _open(topic, name, count):
    """One after the other, each active before the next."""
    readings = []
    for _ in range(count):
        readings.append(Reading("receiveWithAcks", topic, name=name))
        readings[-1].wait_until_active()
    return readings


def _wait_for_all(readings, ids):
    """Every message has to come to one of them, and once."""

    def found():
        return sorted(each for reading in readings for each in reading.ids)

    until(lambda: len(found()) >= len(ids), lambda: f"got {found()}")
    expect(found() == sorted(ids), f"got {found()}")


def each_name_gets_all():
    topic = new_topic()
    readings = [Reading("receive", topic), Reading("receive", topic)]
    for reading in readings:
        reading.wait_until_active()
    publish(topic, *"abcdefgh")
    for reading in readings:
        reading.wait_for(*"abcdefgh")


def one_name_shares():
    topic = new_topic()
    readings = _open(topic, new_name("subscriber"), 2)
    ids = [str(number) for number in range(50)]
    publish(topic, *ids)
    _wait_for_all(readings, ids)
    partitions = [{message.partition for message in reading.messages} for reading in readings]
    expect(all(partitions) and not partitions[0] & partitions[1], f"partitions are {partitions}")


def stand_by():
    topic = new_topic()
    readings = _open(topic, new_name("subscriber"), 6)
    ids = [str(number) for number in range(50)]
    publish(topic, *ids)
    _wait_for_all(readings, ids)
    idle = [reading for reading in readings if not reading.ids]
    expect(len(idle) == 1, f"{len(idle)} of six connections got nothing")
    leaving = next(reading for reading in readings if reading.ids)
    lost = leaving.ids
    leaving.cancel()
    # What was not acknowledged is for the one that stood by.
    idle[0].wait_for(*lost)


def connection_limit():
    topic, name = new_topic(), new_name("subscriber")
    readings = _open(topic, name, 7)
    publish(topic, "1")
    Reading("receive", topic).wait_for_end(grpc.StatusCode.RESOURCE_EXHAUSTED)
    readings[0].cancel()

    def is_free():
        reading = Reading("receive", topic)
        until(lambda: reading.end or reading.ids, reading.describe)
        return not reading.end

    until(is_free, lambda: "the place of a connection that has left is not free")


CHECKS = [
    ("each name gets all", each_name_gets_all),
    ("one name shares", one_name_shares),
    ("sixth stands by", stand_by),
    ("eighth refused", connection_limit),
]
