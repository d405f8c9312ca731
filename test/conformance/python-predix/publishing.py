"""Publishing on one stream, and the ways of acknowledging."""

import time

import grpc
from event_hub_pb2 import Message

from checks import expect
from streams import Publishing, Reading, publish
from world import new_topic, order

ACCEPTED, BAD_REQUEST, FAILED = 0, 1, 3
KIB = 1024


def _numbered(count):
    return [Message(id=str(number), body=b"{}") for number in range(count)]


def _expect_statuses(stream, expected):
    """Statuses by id, once there are as many acks."""
    acks = stream.wait_for_acks(len(expected))
    found = {ack.id: ack.status_code for ack in acks}
    expect(found == expected, stream.describe())
    return {ack.id: ack for ack in acks}


def sync_acks():
    topic = new_topic()
    stream = Publishing(topic, sync_acks="true")
    messages = _numbered(100)
    for at in range(0, 100, 10):
        stream.send(*messages[at : at + 10])
    acks = stream.wait_for_acks(100)
    expect(sorted(ack.id for ack in acks) == sorted(each.id for each in messages), stream.describe())
    expect(all(ack.status_code == ACCEPTED and ack.topic == topic for ack in acks), stream.describe())
    expect(all(ack.timestamp.seconds > 0 for ack in acks), "an ack has no timestamp")
    for partition in range(5):
        offsets = sorted(ack.offset for ack in acks if ack.partition == partition)
        expect(offsets == list(range(20)), f"partition {partition} has offsets {offsets}")
    started = time.monotonic()
    stream.send(Message(id="last"))
    stream.wait_for_acks(101)
    waited = stream.times[-1] - started
    expect(waited < 0.4, f"the ack came after {waited} s")
    stream.half_close()
    stream.wait_for_end(grpc.StatusCode.OK)


def cached_acks():
    stream = Publishing(new_topic(), sync_acks="false", cache_acks="true", send_acks_interval="500ms")
    started = time.monotonic()
    for message in _numbered(20):
        stream.send(message)
    stream.wait_for_acks(20)
    waited = stream.times[0] - started
    expect(waited > 0.45 and len(stream.responses) <= 2, f"{len(stream.responses)} responses, first after {waited} s")


def acks_at_once():
    stream = Publishing(new_topic(), sync_acks="false", cache_acks="false", send_acks_interval="1000ms")
    started = time.monotonic()
    stream.send(*_numbered(3))
    stream.wait_for_acks(3)
    expect(stream.times[0] - started < 0.9, f"the acks came after {stream.times[0] - started} s")


def acks_at_half_close():
    stream = Publishing(new_topic(), cache_acks="true", send_acks_interval="1000ms")
    stream.send(*_numbered(3))
    stream.half_close()
    stream.wait_for_end(grpc.StatusCode.OK)
    stream.wait_for_acks(3)


def nacks_only():
    stream = Publishing(new_topic(), sync_acks="false", cache_acks="false", acks="true", nacks="true")
    stream.send(Message(id="good"), Message(body=b"bad"))
    stream.half_close()
    stream.wait_for_end(grpc.StatusCode.OK)
    _expect_statuses(stream, {"": BAD_REQUEST})


def no_acks():
    topic = new_topic()
    stream = Publishing(topic, sync_acks="false", acks="false", nacks="false")
    stream.send(Message(id="good"), Message(body=b"bad"))
    stream.half_close()
    stream.wait_for_end(grpc.StatusCode.OK)
    stream.wait_for_acks(0)
    Reading("receive", topic).wait_for("good")


def equal_ids():
    topic = new_topic()
    acks = publish(topic, "same", "same", "same")
    expect(len({(ack.partition, ack.offset) for ack in acks}) == 3, f"acks are {acks}")
    Reading("receive", topic).wait_for("same", "same", "same")


def no_id():
    stream = Publishing(new_topic(), sync_acks="true")
    stream.send(Message(body=b"bad", key=b"k", tags={"a": "b"}), Message(id="good"))
    nack = _expect_statuses(stream, {"": BAD_REQUEST, "good": ACCEPTED})[""]
    expect((nack.body, nack.key, nack.tags) == (b"bad", b"k", {"a": "b"}) and nack.desc, f"nack is {nack}")


def other_zone():
    stream = Publishing(new_topic(), sync_acks="true")
    stream.send(Message(id="bad", zone_id="another-zone"), Message(id="good"))
    _expect_statuses(stream, {"bad": BAD_REQUEST, "good": ACCEPTED})


def large_message():
    stream = Publishing(new_topic(), sync_acks="true")
    stream.send(Message(id="2 MiB", body=bytes(2048 * KIB)))
    stream.send(Message(id="tags", body=bytes(600 * KIB), tags={"t": "x" * 500 * KIB}))
    stream.send(Message(id="900 KiB", body=bytes(900 * KIB)))
    _expect_statuses(stream, {"2 MiB": BAD_REQUEST, "tags": BAD_REQUEST, "900 KiB": ACCEPTED})


def large_request():
    stream = Publishing(new_topic(), sync_acks="true")
    stream.send(Message(id="1", body=bytes(600 * KIB)), Message(id="2", body=bytes(600 * KIB)))
    stream.send(Message(id="3", body=bytes(600 * KIB)))
    _expect_statuses(stream, {"1": BAD_REQUEST, "2": BAD_REQUEST, "3": ACCEPTED})


def above_grpc_limit():
    stream = Publishing(new_topic(), sync_acks="true")
    stream.send(Message(id="5 MiB", body=bytes(5120 * KIB)))
    stream.wait_for_end(grpc.StatusCode.RESOURCE_EXHAUSTED)


def one_key():
    acks = publish(new_topic(), *[str(number) for number in range(10)], key=b"device")
    partitions = {ack.partition for ack in acks}
    expect(len(partitions) == 1, f"one key went to partitions {partitions}")
    offsets = [ack.offset for ack in sorted(acks, key=lambda ack: int(ack.id))]
    expect(offsets == list(range(10)), f"offsets are {offsets}")


def rate_limit():
    stream = Publishing(new_topic(), sync_acks="true")
    order("limit/on")
    try:
        for number in range(3):
            stream.send(Message(id=str(number), body=bytes(500 * KIB)))
        failed = [ack for ack in stream.wait_for_acks(3) if ack.status_code != ACCEPTED]
    finally:
        order("limit/off")
    expect(failed, "nothing was limited")
    told = {(ack.status_code, ack.desc) for ack in failed}
    expect(told == {(FAILED, "Too Many Requests")}, stream.describe())
    # The stream has stayed open.
    stream.send(Message(id="later"))
    expect(stream.wait_for_acks(4)[-1].status_code == ACCEPTED, stream.describe())


CHECKS = [
    ("sync acks", sync_acks),
    ("cached acks", cached_acks),
    ("acks not cached", acks_at_once),
    ("acks at half-close", acks_at_half_close),
    ("nacks only", nacks_only),
    ("no acks", no_acks),
    ("equal ids", equal_ids),
    ("no id", no_id),
    ("message for another zone", other_zone),
    ("message too large", large_message),
    ("request too large", large_request),
    ("above gRPC's limit", above_grpc_limit),
    ("one key, one partition", one_key),
    ("rate limit", rate_limit),
]
