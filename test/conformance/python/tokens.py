"""Tokens: ready-made, wrong, expired, and renewed while in use."""

import time

from azure.core.credentials import AccessToken
from azure.eventhub.exceptions import EventHubError

from checks import Skip, expect, expect_failure
from sending import send
from world import TRANSPORT, connection_string, order, producer, producer_with, with_key

LIFETIME_S = 8

# All that the SDK says when the hub refuses a token; the reason is in its log only.
REFUSED = "CBS Token authentication failed"


class ShortLived:
    """A credential whose tokens last a few seconds."""

    def __init__(self):
        self.given = 0

    def get_token(self, *_scopes, **_options):
        self.given += 1
        return AccessToken(order(f"token/jwt/{LIFETIME_S}"), int(time.time()) + LIFETIME_S)


def ready_made():
    token = order("token/sas/600")
    send(producer(connection_string(f"SharedAccessSignature={token}"), retries=0), "1")


def wrong_key():
    client = producer(connection_string(with_key("bm90IHRoZSByaWdodCBrZXk=")), retries=0)
    expect_failure(lambda: send(client, "1"), EventHubError, REFUSED)


def expired():
    token = order("token/expired")
    client = producer(connection_string(f"SharedAccessSignature={token}"), retries=0)
    expect_failure(lambda: send(client, "1"), EventHubError, REFUSED)


def renewed():
    if TRANSPORT == "amqp":
        raise Skip("clients with a token credential always connect with TLS")
    credential = ShortLived()
    client = producer_with(credential)
    for index in range(24):
        send(client, str(index), partition_id="3")
        time.sleep(0.5)
    expect(credential.given > 1, "the token was not renewed")


CHECKS = [
    ("ready-made token", ready_made),
    ("wrong key refused", wrong_key),
    ("expired token refused", expired),
    ("token renewed", renewed),
]
