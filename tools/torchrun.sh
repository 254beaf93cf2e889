#!/usr/bin/env bash
# Run a python script with torchrun: tools/torchrun.sh PROCESSES SCRIPT [arguments]
# On several machines, start the same command on each with
#   NNODES=2 NODE_RANK=0|1 MASTER_ADDR=<address of machine 0> [PORT=29500]
set -euo pipefail

PROCESSES=$1
shift
exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$PROCESSES" \
    "$@"
