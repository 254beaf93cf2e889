#!/usr/bin/env bash
# Run a python script with srun: PARTITION=… JOB_NAME=… tools/slurm.sh SCRIPT [arguments]
# GPUS (8), GPUS_PER_NODE (8), CPUS_PER_TASK (5) and SRUN_ARGS can be set in the environment.
set -euo pipefail

GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}
((GPUS_PER_NODE <= GPUS)) || GPUS_PER_NODE=$GPUS
# shellcheck disable=SC2086  # SRUN_ARGS holds several words
exec srun \
    --partition="$PARTITION" \
    --job-name="$JOB_NAME" \
    --gres=gpu:"$GPUS_PER_NODE" \
    --ntasks="$GPUS" \
    --ntasks-per-node="$GPUS_PER_NODE" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$@" --launcher slurm
