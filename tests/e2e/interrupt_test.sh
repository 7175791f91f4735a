#!/usr/bin/env bash
# SIGTERM and SIGINT in the middle of a run: exit 143 and 130, nothing half-done, the next run is fine.
source "$(dirname "$0")/lib.sh"

make_quickstart
head -c 1200000000 /dev/urandom >"$scratch/var/lib/notes/uploads/large"
for signal in TERM INT; do
  setsid "$backstay" -q run "$plan" >"$scratch/out" 2>&1 &
  run=$!
  until [ -n "$(find "$scratch/store/staging" -type f -size +1M 2>/dev/null)" ]; do
    kill -0 "$run" || die "the run ended before it could be interrupted: $(cat "$scratch/out")"
    sleep 0.02
  done
  kill -s "$signal" "$run"
  code=0
  wait "$run" || code=$?
  wanted=$([ "$signal" = TERM ] && echo 143 || echo 130)
  [ "$code" = "$wanted" ] || die "exit $code after SIG$signal: $(cat "$scratch/out")"
  [ -z "$(ls -A "$scratch/store/staging")" ] || die "an interrupted run left its staging behind"
  [ "$(verified_snapshots)" = 0 ] || die "an interrupted run left a snapshot"
done
rm "$scratch/var/lib/notes/uploads/large"
expect 0 "$backstay" run "$plan"
[ "$(verified_snapshots)" = 1 ] || die "the run after the interrupted ones is not there"
