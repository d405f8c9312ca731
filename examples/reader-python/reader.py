"""Reads an event hub from its first event on and prints each event once, as a line of JSON; see README.md.

Replace `show` by what is to be done with an event.
"""

import gzip
import json
import os
import signal
import sys
import threading

from azure.eventhub import EventHubConsumerClient
from azure.eventhub.exceptions import EventHubError

from first_copies import FirstCopies


def text(value):
    """The SDK gives names and values of properties as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def body_of(event, properties):
    """The body as JSON where it is JSON."""
    # With the option `contentEncoding`, a body that is too large for the hub otherwise comes packed.
    if properties.get("contentEncoding") == "gzip":
        return json.loads(gzip.decompress(b"".join(event.body)))
    try:
        return event.body_as_json()
    except (TypeError, ValueError):
        return event.body_as_str(encoding="latin-1")


class Reader:
    """Counts and prints events until there were enough."""

    def __init__(self, max_events):
        self.done = threading.Event()
        self._max_events = max_events
        self._first_copies = FirstCopies()
        self._read = 0
        self._repeats = 0
        # The SDK calls from one thread for each partition.
        self._lock = threading.Lock()

    def on_event(self, partition_context, event):
        with self._lock:
            if self._read == self._max_events:
                return
            self._read += 1
            properties = {text(name): text(value) for name, value in (event.properties or {}).items()}
            # Over HTTPS, where an event has no message id of its own, the forwarder sends it as a property.
            message_id = event.message_id or properties.get("messageId")
            if self._first_copies.is_first(message_id):
                self.show(partition_context.partition_id, event, message_id, properties)
            else:
                self._repeats += 1
            if self._read == self._max_events:
                self.done.set()

    def on_error(self, _partition_context, error):
        # The client tries again by itself.
        print(error, file=sys.stderr)

    def show(self, partition, event, message_id, properties):
        line = {"partition": partition, "sequenceNumber": event.sequence_number, "messageId": message_id}
        for name in ("tenant", "api", "source", "action", "rejected"):
            if name in properties:
                line[name] = properties[name]
        print(json.dumps({**line, "body": body_of(event, properties)}, ensure_ascii=False), flush=True)

    def summary(self):
        return json.dumps({"read": self._read, "repeats": self._repeats})


def connect(connection_string, **options):
    return EventHubConsumerClient.from_connection_string(
        connection_string,
        consumer_group=os.environ.get("CONSUMER_GROUP") or "$Default",
        # Not needed when the connection string has an EntityPath.
        eventhub_name=os.environ.get("EVENTHUB_NAME") or None,
        **options,
    )


def check_access(connection_string):
    """Fails at once when the hub cannot be read; receiving would try again without an end."""
    with connect(connection_string, retry_total=0) as client:
        client.get_partition_ids()


def main():
    connection_string = os.environ.get("EVENTHUB_CONNECTION_STRING")
    if not connection_string:
        sys.exit("EVENTHUB_CONNECTION_STRING is not set: a rule with the right Listen")
    try:
        check_access(connection_string)
    except (EventHubError, ValueError) as error:
        sys.exit(str(error))
    reader = Reader(int(os.environ.get("MAX_EVENTS") or 0) or None)
    client = connect(connection_string)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: reader.done.set())
    receiving = threading.Thread(
        target=client.receive,
        kwargs={"on_event": reader.on_event, "on_error": reader.on_error, "starting_position": "-1"},
        daemon=True,
    )
    receiving.start()
    reader.done.wait()
    client.close()
    receiving.join()
    print(reader.summary(), file=sys.stderr)


if __name__ == "__main__":
    main()
