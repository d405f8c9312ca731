"""Runs checks one after the other and reports each as one line of JSON."""

import json
import re
import sys
import threading
import time

CHECK_TIMEOUT_S = 45


class Skip(Exception):
    """The SDK has no such thing; the text says why."""


def report(checks, about, after_each):
    """Runs and reports all checks, given as pairs of name and function.

    `about` is what every row says of the client; `after_each` closes what a check has opened.
    """
    for name, check in checks:
        result, detail = _outcome(check)
        row = {**about, "check": name, "result": result}
        if detail:
            row["detail"] = detail
        print(json.dumps(row), flush=True)
        _within(after_each, 10)


def _outcome(check):
    try:
        _within(check, CHECK_TIMEOUT_S)
        return "pass", None
    except Skip as skip:
        return "skip", str(skip)
    except Exception as error:  # pylint: disable=broad-except
        return "fail", f"{type(error).__name__}: {error}"


def _within(work, seconds):
    """Does work on a thread of its own, since a call of the SDK cannot be ended from outside."""
    raised = []

    def target():
        try:
            work()
        except Exception as error:  # pylint: disable=broad-except
            raised.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError("took too long")
    if raised:
        raise raised[0]


def expect(is_so, otherwise):
    """Fails unless it is so."""
    if not is_so:
        raise AssertionError(otherwise)


def expect_failure(work, kinds, pattern):
    """Fails unless the work raises one of these kinds with a text that matches."""
    try:
        work()
    except kinds as error:
        expect(re.search(pattern, str(error), re.S), f"expected {pattern}, got {error}")
        return
    raise AssertionError("no failure")


def until(is_so, otherwise):
    """Waits until it is so; `otherwise` gives the text of the failure."""
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(otherwise())


def log_to_stderr():
    """For a look at what the SDK does: set CONFORMANCE_DEBUG."""
    import logging

    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
