#!/usr/bin/env bash
# Evaluate on several GPUs, or CPU processes: tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of test.py]
# Several machines: see torchrun.sh.
set -euo pipefail

USAGE="usage: dist_test.sh CONFIG CHECKPOINT PROCESSES [options of test.py]"
CONFIG=${1:?$USAGE}
CHECKPOINT=${2:?$USAGE}
PROCESSES=${3:?$USAGE}
HERE=$(dirname "$0")
exec bash "$HERE/torchrun.sh" "$PROCESSES" "$HERE/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
