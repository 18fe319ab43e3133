"""A server that is measured from outside, told what to do line by line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import uvicorn


def obey(server: uvicorn.Server, told: dict[str, Any], carry_out: Callable[[dict[str, Any]], str]) -> None:
    """Say `told` once it listens, then the answer to each line, in a thread of its own. Ends the server at the last."""
    while not server.started:
        time.sleep(0.02)
    try:
        print(json.dumps(told), flush=True)
        for line in sys.stdin:
            print(carry_out(json.loads(line)), flush=True)
    finally:  # whoever measures has gone: nothing stays behind
        server.should_exit = True
