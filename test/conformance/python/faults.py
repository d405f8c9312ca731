"""Links and connections that go away, idle and in use, and come back."""

from checks import expect, until
from reading import Reading, wait_for_link
from sending import send
from world import order, producer

PARTITION = "2"


def _send_across(fault):
    client = producer()
    send(client, "before", partition_id=PARTITION)
    before = client.get_partition_properties(PARTITION)["last_enqueued_sequence_number"]
    order(fault)
    send(client, "after", partition_id=PARTITION)
    after = producer().get_partition_properties(PARTITION)["last_enqueued_sequence_number"]
    expect(after > before, "the event was not stored")


def _read_across(fault):
    reading = Reading("@latest", PARTITION)
    wait_for_link(reading)
    send(producer(), "before", partition_id=PARTITION)
    reading.wait_for("before")
    order(fault)
    send(producer(), "after", partition_id=PARTITION)
    until(lambda: reading.bodies == ["before", "after"], reading.describe)


CHECKS = [
    ("link detached, idle", lambda: _send_across("fault/detach")),
    ("link detached, in use", lambda: _send_across("fault/detach-in-use")),
    ("connection dropped, idle", lambda: _send_across("fault/cut")),
    ("connection dropped, in use", lambda: _send_across("fault/cut-in-use")),
    ("connection closed", lambda: _send_across("fault/close")),
    ("hub restarted", lambda: _send_across("fault/restart/800")),
    ("reader detached", lambda: _read_across("fault/detach")),
    ("reader dropped", lambda: _read_across("fault/cut")),
]
