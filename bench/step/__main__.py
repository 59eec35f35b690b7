"""`python -m bench.step STEP WORKSPACE`."""

import json
import sys

import uvloop

from bench.step import take

print(json.dumps(uvloop.run(take(sys.argv[1], sys.argv[2]))))
