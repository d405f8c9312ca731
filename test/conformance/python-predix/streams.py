"""Calls of the hub that are written to and read at the same time."""

import queue
import threading
import time

import grpc
from event_hub_pb2 import (
    Ack,
    Message,
    PublishRequest,
    SubscriptionAcks,
    SubscriptionRequest,
    SubscriptionResponse,
)
from event_hub_pb2_grpc import PublisherStub, SubscriberStub

from checks import expect, until
from world import channel, metadata, new_name, on_close


class Stream:
    """A call that is read on a thread of its own until the check is over."""

    def __init__(self, method, said, request=None):
        self.responses = []
        self.times = []
        # Code and details, once the call has ended.
        self.end = None
        self._requests = queue.SimpleQueue()
        what = iter(self._requests.get, None) if request is None else request
        self.call = method(what, metadata=said)
        threading.Thread(target=self._read, daemon=True).start()
        on_close(self.cancel)

    def _read(self):
        try:
            for response in self.call:
                self.times.append(time.monotonic())
                self.responses.append(response)
        except grpc.RpcError:
            pass
        self.end = (self.call.code(), self.call.details())

    def write(self, request):
        self._requests.put(request)

    def half_close(self):
        self._requests.put(None)

    def cancel(self):
        self.half_close()
        self.call.cancel()

    def wait_for_end(self, code, text=""):
        """Waits until the hub has ended the call, and says how it has to."""
        until(lambda: self.end, lambda: f"the call has not ended; got {self.responses}")
        expect(self.end[0] is code and text in self.end[1], f"ended with {self.end}")


class Publishing(Stream):
    """One `send` stream."""

    def __init__(self, topic=None, said=None, **more):
        given = said or metadata([topic] if topic else [], **more)
        super().__init__(PublisherStub(channel()).send, given)

    def send(self, *messages):
        """Sends messages in one request."""
        request = PublishRequest()
        request.messages.msg.extend(messages)
        self.write(request)

    @property
    def acks(self):
        return [ack for response in list(self.responses) for ack in response.ack]

    def wait_for_acks(self, count):
        """The acks, as soon as there are that many; more are a failure."""
        until(lambda: len(self.acks) >= count or self.end, self.describe)
        acks = self.acks
        expect(len(acks) == count, self.describe())
        return acks

    def describe(self):
        told = [(ack.id, ack.status_code, ack.desc) for ack in self.acks]
        return f"got acks {told}, end {self.end}"


class Reading(Stream):
    """One stream of a subscriber, of any of the three methods."""

    def __init__(self, method, topic=None, name=None, said=None, request=None, **more):
        self.name = name or new_name("subscriber")
        topics = topic if isinstance(topic, list) else [topic] if topic else []
        given = said or metadata(topics, subscribername=self.name, **more)
        if method == "receive" and request is None:
            request = SubscriptionRequest()
        self._acks = SubscriptionAcks if method == "subscribe" else SubscriptionResponse
        self._is_batch = method == "subscribe"
        super().__init__(getattr(SubscriberStub(channel()), method), given, request)

    @property
    def messages(self):
        if not self._is_batch:
            return list(self.responses)
        return [message for batch in list(self.responses) for message in batch.messages.msg]

    @property
    def ids(self):
        return [message.id for message in self.messages]

    def wait_until_active(self):
        """Waits for what the hub says first, before any message."""
        self.call.initial_metadata()

    def wait_for(self, *ids):
        """The messages, as soon as there are that many; they have to be these, in any order."""
        until(lambda: len(self.ids) >= len(ids) or self.end, self.describe)
        expect(sorted(self.ids) == sorted(ids), self.describe())
        return self.messages

    def wait_for_again(self, *ids):
        """Waits until these, and no others, have come at least twice."""
        until(lambda: all(self.ids.count(each) > 1 for each in ids) or self.end, self.describe)
        again = {each for each in self.ids if self.ids.count(each) > 1}
        expect(again == set(ids), self.describe())

    def acknowledge(self, messages, status=0):
        self.write_acks(ack_for(message, status) for message in messages)

    def write_acks(self, acks):
        self.write(self._acks(ack=list(acks)))

    def describe(self):
        return f"got {self.ids}, end {self.end}"


def ack_for(message, status=0):
    """What a subscriber says of a message, in full."""
    return Ack(
        id=message.id,
        status_code=status,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=message.timestamp,
        zone_id=message.zone_id,
    )


def publish(topic, *ids, **fields):
    """Publishes messages in one request and waits until they are stored."""
    stream = Publishing(topic, sync_acks="true")
    stream.send(*[Message(id=each, body=each.encode(), **fields) for each in ids])
    acks = stream.wait_for_acks(len(ids))
    expect(all(ack.status_code == 0 for ack in acks), stream.describe())
    stream.half_close()
    stream.wait_for_end(grpc.StatusCode.OK)
    return acks
