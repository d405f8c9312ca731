"""Client credentials at the UAA."""

from checks import expect
from world import ask_uaa, scope_of


def granted():
    status, answer = ask_uaa()
    expect(status == 200 and answer["token_type"] == "bearer", f"answer is {status} {answer}")
    expect(answer["expires_in"] == 43199 and answer["access_token"].count(".") == 2, f"answer is {answer}")


def scopes():
    asked = scope_of("user", "grpc.publish")
    for text in (asked, asked.replace(" ", ",")):
        status, answer = ask_uaa(scope=text)
        expect(status == 200 and answer["scope"] == asked, f"answer to {text} is {status} {answer}")


def wrong_secret():
    status, answer = ask_uaa(secret="wrong")
    expect(status == 401 and answer["error"] == "unauthorized", f"answer is {status} {answer}")
    expect(answer["error_description"] == "Bad credentials", f"answer is {answer}")


def scope_refused():
    scope = scope_of("wss.publish")
    status, answer = ask_uaa(scope=scope_of("user") + " " + scope)
    expect(status == 400 and answer["error"] == "invalid_scope", f"answer is {status} {answer}")
    text = f"{scope} is invalid. Please use a valid scope name in the request"
    expect(answer["error_description"] == text, f"answer is {answer}")


CHECKS = [
    ("token", granted),
    ("token for scopes", scopes),
    ("wrong secret refused", wrong_secret),
    ("scope refused", scope_refused),
]
