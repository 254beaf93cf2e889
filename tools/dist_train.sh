#!/usr/bin/env bash
# Train on several GPUs, or CPU processes: tools/dist_train.sh CONFIG PROCESSES [options of train.py]
# Several machines: see torchrun.sh.
set -euo pipefail

USAGE="usage: dist_train.sh CONFIG PROCESSES [options of train.py]"
CONFIG=${1:?$USAGE}
PROCESSES=${2:?$USAGE}
HERE=$(dirname "$0")
exec bash "$HERE/torchrun.sh" "$PROCESSES" "$HERE/train.py" "$CONFIG" --launcher pytorch "${@:3}"
