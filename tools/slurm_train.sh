#!/usr/bin/env bash
# Train on a Slurm cluster: tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [options of train.py]
# The variables that it reads: see slurm.sh.
set -euo pipefail

USAGE="usage: slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [options of train.py]"
export PARTITION=${1:?$USAGE} JOB_NAME=${2:?$USAGE}
CONFIG=${3:?$USAGE}
WORK_DIR=${4:?$USAGE}
HERE=$(dirname "$0")
exec bash "$HERE/slurm.sh" "$HERE/train.py" "$CONFIG" --work-dir "$WORK_DIR" "${@:5}"
