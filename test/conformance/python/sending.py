"""Sending, and the properties of the hub."""

from azure.eventhub import EventData
from azure.eventhub.exceptions import ConnectError, EventDataSendError, EventHubError

from checks import expect, expect_failure
from world import HUB, connection_string, order, producer, with_key


def send(client, *bodies, **place):
    """Sends bodies in one batch."""
    batch = client.create_batch(**place)
    for body in bodies:
        batch.add(EventData(body))
    client.send_batch(batch)


def hub_properties():
    found = producer().get_eventhub_properties()
    expect(found["eventhub_name"] == HUB, f"name is {found['eventhub_name']}")
    expect(found["partition_ids"] == ["0", "1", "2", "3"], f"partitions are {found['partition_ids']}")


def batch():
    send(producer(), *[f"event {index}" for index in range(10)])


def _stored(client):
    ids = ["0", "1", "2", "3"]
    return [client.get_partition_properties(each)["last_enqueued_sequence_number"] for each in ids]


def partition_key():
    client = producer()
    before = _stored(client)
    for body in ("1", "2", "3"):
        send(client, body, partition_key="device")
    grown = [new for old, new in zip(before, _stored(client)) if old != new]
    expect(len(grown) == 1, f"one key went to {len(grown)} partitions")


def partition_id():
    client = producer()
    before = client.get_partition_properties("0")["last_enqueued_sequence_number"]
    send(client, "a", "b", partition_id="0")
    after = client.get_partition_properties("0")
    expect(after["last_enqueued_sequence_number"] - before == 2, f"partition is {after} after {before}")
    expect(not after["is_empty"] and after["last_enqueued_offset"] != "-1", f"partition is {after}")


def oversize():
    client = producer(retries=0)
    large = EventData(b"x" * 2_000_000)
    expect_failure(lambda: client.create_batch().add(large), ValueError, "reached its size limit")
    expect_failure(lambda: client.send_batch([large]), (ValueError, EventHubError), "size")


def throttle():
    client = producer()
    order("fault/busy/1")
    try:
        send(client, "after a refusal", partition_id="0")
    except EventDataSendError as error:
        # Versions since 5.12 hand a rejected send to their caller and do not retry it.
        expect("50002" in str(error), f"failed with {error}")
        send(client, "after a refusal", partition_id="0")


def missing_hub():
    client = producer(connection_string(with_key(), "nowhere"), retries=0)
    # The SDK does not pass on why a token was not taken; a hub that is not there is one reason.
    expect_failure(lambda: send(client, "lost"), ConnectError, "could not be found|CBS Token authentication failed")


CHECKS = [
    ("hub properties", hub_properties),
    ("batch", batch),
    ("partition key", partition_key),
    ("partition id", partition_id),
    ("oversize", oversize),
    ("throttle", throttle),
    ("missing hub", missing_hub),
]
