"""A Predix client from the `.proto`; `npm run conformance` starts it with all it needs in the environment."""

import os
import sys

import access
import acknowledging
import batches
import checks
import faults
import publishing
import reading
import sharing
import tokens
import world

if "CONFORMANCE_DEBUG" in os.environ:
    checks.log_to_stderr()
checks.report(
    tokens.CHECKS
    + access.CHECKS
    + publishing.CHECKS
    + reading.CHECKS
    + sharing.CHECKS
    + acknowledging.CHECKS
    + batches.CHECKS
    + faults.CHECKS,
    {"client": "python3-grpcio (Debian)", "version": world.GRPC_VERSION, "transport": world.TRANSPORT},
    world.close_all,
)
sys.stdout.flush()
# Threads of calls that could not be ended must not keep the program running.
os._exit(0)
