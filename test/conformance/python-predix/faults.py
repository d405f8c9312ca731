"""Streams that are lost, and what a new one finds."""

import grpc
from event_hub_pb2 import Message

from streams import Publishing, Reading, publish
from world import new_topic, order

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def publisher_lost():
    topic = new_topic()
    stream = Publishing(topic, sync_acks="true")
    stream.send(Message(id="1"))
    stream.wait_for_acks(1)
    order("fault/cut")
    stream.wait_for_end(UNAVAILABLE)
    publish(topic, "2")
    Reading("receive", topic).wait_for("1", "2")


def acks_lost():
    topic = new_topic()
    stream = Publishing(topic, sync_acks="true")
    order("fault/lose-answers/1")
    stream.send(Message(id="1"))
    stream.wait_for_end(UNAVAILABLE)
    stream.wait_for_acks(0)
    # Stored, and nobody knows: it is sent again and delivered twice.
    publish(topic, "1")
    Reading("receive", topic).wait_for("1", "1")


def subscriber_lost():
    topic = new_topic()
    publish(topic, "1", "2", "3")
    reading = Reading("receiveWithAcks", topic, acks="true")
    reading.wait_for("1", "2", "3")
    order("fault/cut")
    reading.wait_for_end(UNAVAILABLE)
    # In the same second: the old connection must not keep its partitions.
    Reading("receiveWithAcks", topic, name=reading.name, acks="true").wait_for("1", "2", "3")


CHECKS = [
    ("publisher lost", publisher_lost),
    ("acks lost", acks_lost),
    ("subscriber lost", subscriber_lost),
]
