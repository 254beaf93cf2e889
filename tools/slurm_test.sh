#!/usr/bin/env bash
# Evaluate on a Slurm cluster: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of test.py]
# The variables that it reads: see slurm.sh.
set -euo pipefail

USAGE="usage: slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of test.py]"
export PARTITION=${1:?$USAGE} JOB_NAME=${2:?$USAGE}
CONFIG=${3:?$USAGE}
CHECKPOINT=${4:?$USAGE}
HERE=$(dirname "$0")
exec bash "$HERE/slurm.sh" "$HERE/test.py" "$CONFIG" "$CHECKPOINT" "${@:5}"
