"""One message after the other, with acks: `receiveWithAcks`."""

import time

from event_hub_pb2 import Ack

from checks import expect, until
from streams import Reading, publish
from world import new_topic

# The runner lets the hub take waits this short; the real service does not.
QUICK = {"acks": "true", "duration_before_retry": "1s", "retry_interval": "500ms", "max_retries": "2"}


def _expect_only_later(topic, name, *later):
    """A new stream of a name gets nothing but these."""
    Reading("receiveWithAcks", topic, name=name, **QUICK).wait_for(*later)


def all_acknowledged():
    topic = new_topic()
    publish(topic, *"abcdefgh")
    reading = Reading("receiveWithAcks", topic, **QUICK)
    reading.acknowledge(reading.wait_for(*"abcdefgh"))
    # The time in which they would come again.
    time.sleep(1.5)
    reading.wait_for(*"abcdefgh")
    reading.cancel()
    publish(topic, "later")
    _expect_only_later(topic, reading.name, "later")


def partition_and_offset():
    topic = new_topic()
    publish(topic, "1", "2", "3")
    reading = Reading("receiveWithAcks", topic, **QUICK)
    acks = [Ack(partition=each.partition, offset=each.offset) for each in reading.wait_for("1", "2", "3")]
    reading.write_acks(acks)
    time.sleep(1.5)
    reading.wait_for("1", "2", "3")


def again():
    topic = new_topic()
    publish(topic, "1", "2", "3", "4")
    reading = Reading("receiveWithAcks", topic, **{**QUICK, "retry_interval": "1s"})
    messages = reading.wait_for("1", "2", "3", "4")
    reading.acknowledge([each for each in messages if each.id in "13"])
    reading.wait_for_again("2", "4")
    waited = reading.times[4] - reading.times[3]
    expect(waited > 0.8, f"they came again after {waited} s")
    reading.acknowledge(reading.messages[-2:])
    time.sleep(1.5)
    expect(len(reading.ids) == 6, reading.describe())


def dropped():
    topic = new_topic()
    publish(topic, "1")
    reading = Reading("receiveWithAcks", topic, **QUICK)
    until(lambda: len(reading.ids) == 3, reading.describe)
    gaps = [later - earlier for earlier, later in zip(reading.times, reading.times[1:])]
    expect(gaps[0] > 0.8 and gaps[1] > 0.4, f"they came again after {gaps} s")
    time.sleep(1)
    expect(reading.ids == ["1"] * 3, reading.describe())
    reading.cancel()
    publish(topic, "later")
    _expect_only_later(topic, reading.name, "later")


def failed():
    topic = new_topic()
    publish(topic, "1")
    said = {**QUICK, "duration_before_retry": "60s"}
    reading = Reading("receiveWithAcks", topic, **said)
    reading.acknowledge(reading.wait_for("1"), status=3)
    reading.wait_for_again("1")
    waited = reading.times[1] - reading.times[0]
    expect(waited > 0.4, f"it came again after {waited} s")


def after_reconnect():
    topic = new_topic()
    publish(topic, *"12345", key=b"device")
    first = Reading("receiveWithAcks", topic, acks="true", retry_interval="100ms")
    messages = first.wait_for(*"12345")
    first.acknowledge([each for each in messages if each.id in "124"])
    # When this one comes again, what was said before it has been heard.
    first.acknowledge([each for each in messages if each.id == "3"], status=3)
    first.wait_for_again("3")
    first.cancel()
    # The position is the lowest that is not acknowledged.
    Reading("receiveWithAcks", topic, name=first.name, acks="true").wait_for(*"345")


def strange_acks():
    topic = new_topic()
    publish(topic, "1")
    reading = Reading("receiveWithAcks", topic, **QUICK)
    message = reading.wait_for("1")[0]
    reading.write_acks([Ack(partition=4, offset=1000), Ack(partition=77)])
    reading.acknowledge([message, message])
    reading.acknowledge([message], status=3)
    time.sleep(1.5)
    reading.wait_for("1")


CHECKS = [
    ("acks", all_acknowledged),
    ("ack of partition and offset", partition_and_offset),
    ("not acknowledged comes again", again),
    ("dropped after the last retry", dropped),
    ("ack that says failed", failed),
    ("resume at the first not acknowledged", after_reconnect),
    ("unknown and repeated acks", strange_acks),
]
