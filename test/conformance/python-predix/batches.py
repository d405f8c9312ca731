"""Messages in batches: `subscribe`, with acks and without, and metric messages."""

import time

from checks import expect, until
from streams import Reading, publish
from world import ZONE, new_topic

QUICK = {"acks": "true", "duration_before_retry": "1s", "retry_interval": "500ms", "max_retries": "2"}
IDS = [str(number) for number in range(25)]


def _sizes(reading):
    return [len(batch.messages.msg) for batch in reading.responses]


def ceiling():
    topic = new_topic()
    publish(topic, *IDS)
    reading = Reading("subscribe", topic, batch_size="10", batch_interval="500ms", batchtype_union="false")
    reading.wait_for(*IDS)
    expect(_sizes(reading) == [10, 10, 5], f"sizes are {_sizes(reading)}")
    gaps = [later - earlier for earlier, later in zip(reading.times, reading.times[1:])]
    expect(min(gaps) > 0.4, f"batches came after {gaps} s")


def union():
    topic = new_topic()
    publish(topic, *IDS)
    reading = Reading("subscribe", topic, batch_size="10", batch_interval="1000ms", batchtype_union="true")
    reading.wait_for(*IDS)
    expect(_sizes(reading) == [10, 10, 5], f"sizes are {_sizes(reading)}")
    full, rest = reading.times[1] - reading.times[0], reading.times[2] - reading.times[1]
    expect(full < 0.5 < rest, f"the second came after {full} s, the third after {rest} s")


def without_acks():
    topic = new_topic()
    publish(topic, "1", "2", "3")
    reading = Reading("subscribe", topic, duration_before_retry="1s")
    # Who acknowledges nothing may close its side at once.
    reading.half_close()
    reading.wait_for("1", "2", "3")
    time.sleep(1.5)
    reading.wait_for("1", "2", "3")
    reading.cancel()
    publish(topic, "later")
    Reading("subscribe", topic, name=reading.name).wait_for("later")


def with_acks():
    topic = new_topic()
    publish(topic, *IDS)
    reading = Reading("subscribe", topic, batch_size="10", **QUICK)
    messages = reading.wait_for(*IDS)
    reading.acknowledge(messages)
    time.sleep(1.5)
    reading.wait_for(*IDS)
    reading.cancel()
    publish(topic, "later")
    Reading("subscribe", topic, name=reading.name, **QUICK).wait_for("later")


def again():
    topic = new_topic()
    publish(topic, *IDS)
    reading = Reading("subscribe", topic, batch_size="500", **QUICK)
    messages = reading.wait_for(*IDS)
    reading.acknowledge(messages[5:])
    left = [message.id for message in messages[:5]]
    reading.wait_for_again(*left)
    batch = reading.responses[1].messages.msg
    expect(sorted(each.id for each in batch) == sorted(left), reading.describe())
    waited = reading.times[1] - reading.times[0]
    expect(waited > 0.8, f"they came again after {waited} s")


def ahead_of_acks():
    topic = new_topic()
    ids = [str(number) for number in range(105)]
    publish(topic, *ids)
    Reading("subscribe", topic, batch_size="10", acks="true").wait_for(*ids)


def metrics():
    topic = new_topic()
    publish(topic, "1", key=b"device")
    reading = Reading("subscribe", topic, metrics="true", metrics_interval="1s")
    reading.wait_until_active()

    def found():
        return [message for message in reading.messages if message.isMetricMsg]

    def total(figures):
        return sum(int(value) for value in figures.values())

    until(lambda: len(found()) == 2, reading.describe)
    expect(reading.ids == ["1", "", ""], reading.describe())
    first, second = (dict(message.metric.metricmap) for message in found())
    expect(set(first) == {f"{ZONE}_{topic}-{number}" for number in range(5)}, f"metrics are {first}")
    expect(total(first) == 1 and first == second, f"metrics are {first}, {second}")
    publish(topic, "2")
    until(lambda: total(found()[-1].metric.metricmap) == 2, reading.describe)


CHECKS = [
    ("batches, ceiling", ceiling),
    ("batches, union", union),
    ("batches without acks", without_acks),
    ("batches with acks", with_acks),
    ("batches, not acknowledged comes again", again),
    ("batches ahead of acks", ahead_of_acks),
    ("metrics", metrics),
]
