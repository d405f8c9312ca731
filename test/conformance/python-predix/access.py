"""Who is let in, and how others are told."""

import grpc
from event_hub_pb2 import Message
from health_pb2 import HealthCheckRequest, HealthCheckResponse
from health_pb2_grpc import HealthStub

from checks import expect
from streams import Publishing, Reading, publish
from world import ZONE, admin, channel, metadata, new_name, new_topic, order, scope_of, token

UNKNOWN = grpc.StatusCode.UNKNOWN


def health():
    request = HealthCheckRequest(service="predix-event-hub.grpc.health")
    answer = HealthStub(channel()).Check(request, timeout=10)
    expect(answer.status == HealthCheckResponse.SERVING, f"status is {answer.status}")


def _is_let_in(said):
    stream = Publishing(said=said)
    stream.send(Message(id="1"))
    acks = stream.wait_for_acks(1)
    expect(acks[0].status_code == 0, stream.describe())


def with_bearer():
    for scheme in ("Bearer", "bearer", "BEARER"):
        _is_let_in(metadata(authorization=f"{scheme} {token()}", sync_acks="true"))


def zone_twice():
    _is_let_in(metadata(zones=(ZONE, ZONE), sync_acks="true"))


def default_topic():
    names = ("", "topic", f"{ZONE}_topic")
    readings = [Reading("receive", name, offset_newest="true") for name in names]
    for reading in readings:
        reading.wait_until_active()
    for name in names:
        expect(publish(name, f"to {name}")[0].topic == "topic", f"the topic of {name} is another")
    for reading in readings:
        reading.wait_for(*[f"to {name}" for name in names])


def _is_refused(code, text="", topics=(), **said):
    streams = [Publishing(said=metadata(topics, **said))]
    for method in ("receive", "receiveWithAcks", "subscribe"):
        streams.append(Reading(method, said=metadata(topics, subscribername="refused", **said)))
    for stream in streams:
        stream.wait_for_end(code, text)


def no_token():
    _is_refused(grpc.StatusCode.UNAUTHENTICATED, "Missing Authorization header", authorization="")


def bad_token():
    _is_refused(UNKNOWN, "Could not authenticate user", authorization="no token")
    # The signature no longer fits.
    head, claims, signature = token().split(".")
    forged = ".".join((head, claims, signature[::-1]))
    _is_refused(UNKNOWN, "Could not authenticate user", authorization=forged)


def expired_token():
    _is_refused(UNKNOWN, "Could not authenticate user", authorization=order("token/expired"))


def missing_scope():
    _is_refused(UNKNOWN, authorization=token(scope_of("user")))
    # The scopes of the default topic are not those of another.
    only_default = token(scope_of("user", "grpc.publish", "grpc.subscribe"))
    _is_refused(UNKNOWN, topics=[new_topic()], authorization=only_default)


def other_zone():
    _is_refused(UNKNOWN, zones=())
    _is_refused(UNKNOWN, zones=("another-zone",))


def unknown_topic():
    _is_refused(UNKNOWN, topics=[new_name("missing")])
    both = [new_topic(), new_name("missing")]
    Reading("receive", both).wait_for_end(UNKNOWN)


def topic_deleted():
    name = new_name("topic")
    statuses = [admin("PUT", name)[0], admin("PUT", name)[0]]
    expect(statuses == [201, 200], f"statuses are {statuses}")
    expect({"topic", name} <= set(admin("GET")[1]["topics"]), f"topics are {admin('GET')}")
    publish(name, "1")
    writing, reading = Publishing(name, sync_acks="true"), Reading("receive", name)
    reading.wait_for("1")
    expect(admin("DELETE", name)[0] == 200, "the topic was not deleted")
    writing.wait_for_end(UNKNOWN)
    reading.wait_for_end(UNKNOWN)
    expect(name not in admin("GET")[1]["topics"], f"topics are {admin('GET')}")


CHECKS = [
    ("health without a token", health),
    ("token with Bearer", with_bearer),
    ("zone sent twice", zone_twice),
    ("names of the default topic", default_topic),
    ("no token refused", no_token),
    ("bad token refused", bad_token),
    ("expired token refused", expired_token),
    ("missing scope refused", missing_scope),
    ("other zone refused", other_zone),
    ("unknown topic refused", unknown_topic),
    ("topic made and deleted", topic_deleted),
]
