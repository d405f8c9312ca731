"""What the runner says about the hub, and the ways to it: HTTP for tokens and topics, a channel for gRPC."""

import base64
import functools
import itertools
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack

import grpc

GRPC_VERSION = grpc.__version__
TRANSPORT = os.environ["CONFORMANCE_TRANSPORT"]
ZONE = os.environ["CONFORMANCE_ZONE"]
UAA = os.environ["CONFORMANCE_UAA"]
CLIENT_ID = os.environ["CONFORMANCE_CLIENT_ID"]
CLIENT_SECRET = os.environ["CONFORMANCE_CLIENT_SECRET"]
AUTHORITY = os.environ.get("CONFORMANCE_AUTHORITY")

_open = ExitStack()
_channels = []
_numbers = itertools.count(1)


def http(method, url, headers, body=None):
    """Status and content of an answer, whatever the status is."""
    context = AUTHORITY and ssl.create_default_context(cafile=AUTHORITY)
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def ask_uaa(secret=CLIENT_SECRET, scope=None):
    """The answer to a request for a token with client credentials."""
    form = {"grant_type": "client_credentials", "response_type": "token"}
    if scope is not None:
        form["scope"] = scope
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return http("POST", UAA, headers, urllib.parse.urlencode(form).encode())


@functools.lru_cache(maxsize=None)
def token(scope=None):
    """A token; the same one until the program ends."""
    status, answer = ask_uaa(scope=scope)
    if status != 200:
        raise AssertionError(f"no token: {status} {answer}")
    return answer["access_token"]


def scope_of(*names):
    """Scopes of the zone, separated by spaces."""
    return " ".join(f"predix-event-hub.zones.{ZONE}.{name}" for name in names)


def admin(method, topic=""):
    """The answer to a request to the API of the topics."""
    url = f"{os.environ['CONFORMANCE_ADMIN']}/v2/admin/service_instances/{ZONE}/topics"
    headers = {"Authorization": f"bearer {token()}", "grant_type": "client_credentials"}
    return http(method, f"{url}/{topic}", headers)


def new_name(kind):
    """A name that was not used before."""
    return f"{kind}-{next(_numbers)}"


def new_topic():
    """A topic with nothing in it."""
    name = new_name("topic")
    status, answer = admin("PUT", name)
    if status != 201:
        raise AssertionError(f"topic {name} was not created: {status} {answer}")
    return name


def channel():
    """The channel of the check: publishing and subscribing share one."""
    if not _channels:
        address = os.environ["CONFORMANCE_ADDRESS"]
        if AUTHORITY:
            with open(AUTHORITY, "rb") as file:
                opened = grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))
        else:
            opened = grpc.insecure_channel(address)
        _channels.append(opened)
    return _channels[0]


def metadata(topics=(), zones=(ZONE,), authorization=None, **more):
    """What goes with a call. Underscores of further keys are hyphens; a repeated key is sent as often as it is given.

    `authorization`: None for the usual token, empty for none at all.
    """
    given = [("predix-zone-id", zone) for zone in zones]
    text = token() if authorization is None else authorization
    if text:
        given.append(("authorization", text))
    given += [("topic", topic) for topic in topics]
    return given + [(key.replace("_", "-"), value) for key, value in more.items()]


def on_close(act):
    """Has something done when the check is over."""
    _open.callback(act)


def close_all():
    """Ends what a check has opened."""
    _open.pop_all().close()
    while _channels:
        _channels.pop().close()


def order(path):
    """Gives an order to the hub."""
    request = urllib.request.Request(f"{os.environ['CONFORMANCE_CONTROL']}/{path}", method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()
