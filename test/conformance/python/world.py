"""What the runner says about the hub, and clients made for it."""

import os
import urllib.request
from contextlib import ExitStack

from azure.eventhub import EventHubConsumerClient, EventHubProducerClient, TransportType
from azure.eventhub import __version__ as sdk_version

TRANSPORT = os.environ["CONFORMANCE_TRANSPORT"]
HUB = os.environ["CONFORMANCE_HUB"]
KEY_NAME = os.environ["CONFORMANCE_KEY_NAME"]
KEY = os.environ["CONFORMANCE_KEY"]
PORT = os.environ[f"CONFORMANCE_{TRANSPORT.upper()}_PORT"]

# Before 5.12 there was no plain TCP, and a custom endpoint was always WebSocket.
IS_OLD = tuple(int(part) for part in sdk_version.split(".")[:2]) < (5, 12)

_open = ExitStack()


def options(retries=4):
    """Few and quick retries, but enough for a hub that is away for a second."""
    chosen = {"retry_total": retries, "retry_backoff_factor": 0.2, "retry_backoff_max": 2, "auth_timeout": 10}
    if TRANSPORT == "amqp":
        return chosen
    chosen["connection_verify"] = os.environ["CONFORMANCE_AUTHORITY"]
    if TRANSPORT == "websocket":
        chosen["transport_type"] = TransportType.AmqpOverWebsocket
    elif IS_OLD:
        return chosen
    else:
        chosen["transport_type"] = TransportType.Amqp
    chosen["custom_endpoint_address"] = f"sb://localhost:{PORT}"
    return chosen


def with_key(key=KEY):
    """The part of a connection string that holds a key."""
    return f"SharedAccessKeyName={KEY_NAME};SharedAccessKey={key}"


def connection_string(secret, hub=HUB):
    """A connection string with a key, or with a finished token."""
    if TRANSPORT == "amqp":
        return f"Endpoint=sb://localhost:{PORT};{secret};EntityPath={hub};UseDevelopmentEmulator=true"
    return f"Endpoint=sb://localhost/;{secret};EntityPath={hub}"


def producer(connection=None, retries=4):
    """A producer; closed when its check is over."""
    text = connection or connection_string(with_key())
    return closing(EventHubProducerClient.from_connection_string(text, **options(retries)))


def producer_with(credential):
    """A producer with a token credential; closed when its check is over."""
    return closing(EventHubProducerClient("localhost", HUB, credential, **options()))


def consumer(group="$Default"):
    """A consumer; closed when its check is over."""
    text = connection_string(with_key())
    return closing(EventHubConsumerClient.from_connection_string(text, group, **options()))


def closing(client):
    """Has a client closed when the check is over."""
    _open.callback(client.close)
    return client


def close_all():
    """Closes what a check has opened."""
    _open.pop_all().close()


def order(path):
    """Gives an order to the hub."""
    request = urllib.request.Request(f"{os.environ['CONFORMANCE_CONTROL']}/{path}", method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()
