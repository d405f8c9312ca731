"""Reading without acks: what a message looks like, and where reading begins."""

import time

from event_hub_pb2 import Message, SubscriptionRequest, Timestamp

from checks import expect
from streams import Publishing, Reading, publish
from world import ZONE, new_name, new_topic


def receive():
    topic = new_topic()
    publish(topic, *"abcdefgh")
    Reading("receive", topic).wait_for(*"abcdefgh")


def fields():
    topic = new_topic()
    stamped = Timestamp(seconds=1_700_000_000, nanos=5)
    sent = {"body": b"\x00\xff body", "tags": {"kind": "alarm"}, "key": b"device"}
    stream = Publishing(topic, sync_acks="true")
    # What the hub sets is not the client's to set.
    stream.send(Message(id="1", partition=99, offset=99, timestamp=stamped, **sent), Message(id="2", **sent))
    acks = {ack.id: ack for ack in stream.wait_for_acks(2)}
    for message in Reading("receive", topic).wait_for("1", "2"):
        ack = acks[message.id]
        expect(message.body == sent["body"] and message.key == sent["key"], f"message is {message}")
        expect(dict(message.tags) == sent["tags"] and message.zone_id == ZONE, f"message is {message}")
        expect(message.topic == topic and message.offset == ack.offset, f"message is {message}")
        expect(message.partition == ack.partition and message.partition < 5, f"message is {message}")
        expect(not message.isMetricMsg, f"message is {message}")
        if message.id == "1":
            expect(message.timestamp == stamped, f"timestamp is {message.timestamp}")
        else:
            expect(abs(message.timestamp.seconds - time.time()) < 60, f"timestamp is {message.timestamp}")


def order_of_key():
    topic = new_topic()
    ids = [str(number) for number in range(200)]
    publish(topic, *ids, key=b"device")
    reading = Reading("receive", topic)
    reading.wait_for(*ids)
    expect(reading.ids == ids, reading.describe())


def resume():
    topic = new_topic()
    publish(topic, "1", "2", "3")
    first = Reading("receive", topic)
    first.wait_for("1", "2", "3")
    first.cancel()
    publish(topic, "4", "5")
    # `offset-newest` means nothing to a name that has a position.
    Reading("receive", topic, name=first.name, offset_newest="true").wait_for("4", "5")


def oldest():
    topic = new_topic()
    publish(topic, "1")
    for method in ("receive", "receiveWithAcks", "subscribe"):
        Reading(method, topic, offset_newest="false").wait_for("1")


def newest():
    topic = new_topic()
    publish(topic, "before")
    readings = [Reading(method, topic, offset_newest="true") for method in ("receive", "receiveWithAcks", "subscribe")]
    for reading in readings:
        reading.wait_until_active()
    publish(topic, "after")
    for reading in readings:
        reading.wait_for("after")


def name_in_request():
    topic, name = new_topic(), new_name("subscriber")
    publish(topic, "1")
    request = SubscriptionRequest(zone_id=ZONE, subscriber=name, instance_id="one")
    first = Reading("receive", topic, name="of-the-header", request=request)
    first.wait_for("1")
    first.cancel()
    publish(topic, "2")
    Reading("receive", topic, name=name).wait_for("2")


def several_topics():
    first, second, other = new_topic(), new_topic(), new_topic()
    for topic in (first, second, other):
        publish(topic, f"in {topic}")
    reading = Reading("receive", [first, second])
    reading.wait_for(f"in {first}", f"in {second}")
    publish(other, "not for it")
    publish(first, "last")
    reading.wait_for(f"in {first}", f"in {second}", "last")


CHECKS = [
    ("receive", receive),
    ("fields of a message", fields),
    ("order of a key", order_of_key),
    ("resume at the position", resume),
    ("read from the oldest", oldest),
    ("read from the newest", newest),
    ("name in the request", name_in_request),
    ("several topics", several_topics),
]
