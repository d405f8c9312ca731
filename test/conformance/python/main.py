"""The checks of the Python SDK; `npm run conformance` starts it with what it needs in the environment."""

import os
import sys

import checks
import faults
import reading
import sending
import tokens
import world

if "CONFORMANCE_DEBUG" in os.environ:
    checks.log_to_stderr()
# Reading comes first: its partition is to hold only what it has sent itself.
checks.report(
    reading.CHECKS + sending.CHECKS + faults.CHECKS + tokens.CHECKS,
    {"client": "azure-eventhub", "version": world.sdk_version, "transport": world.TRANSPORT},
    world.close_all,
)
sys.stdout.flush()
# Threads of clients that could not be closed must not keep the program running.
os._exit(0)
