#!/usr/bin/env bash
# A full disk at many fill levels: the run fails, nothing half-done is visible, earlier snapshots stay,
# and the next run succeeds once there is space. Needs root: the store lies on a tmpfs of its own.
source "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || die "this test mounts a tmpfs and must run as root"
mkdir "$scratch/store"
mount -t tmpfs -o size=400m tmpfs "$scratch/store"
make_quickstart
head -c 12000000 /dev/urandom >"$scratch/var/lib/notes/uploads/big"
expect 0 "$backstay" run "$plan"
[ "$(verified_snapshots)" = 1 ] || die "the first snapshot is missing"

failed=0
# What changed takes about 12 MiB, and a run keeps 8 MiB free for itself.
for free in 19000 17000 15000 13000 11000 9500 9000 8500 8200 7000 4000 1000 100 0; do
  say "$free KiB free"
  head -c 12000000 /dev/urandom >"$scratch/var/lib/notes/uploads/big" # else it would only be linked
  available=$(df --output=avail -k "$scratch/store" | tail -n 1)
  fallocate -l $(((available - free) * 1024)) "$scratch/store/filler"
  code=0
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  rm "$scratch/store/filler"
  if [ "$code" != 0 ]; then
    failed=$((failed + 1))
    [ "$code" = 1 ] || [ "$code" = 3 ] || die "exit $code on a full disk: $output"
    [[ $output == *"is full"* || $output == *"No space"* ]] || die "the message does not say that the disk is full: $output"
  fi
  [ -z "$(ls -A "$scratch/store/staging")" ] || die "a failed run left its staging behind"
  verified_snapshots >/dev/null
done
[ "$failed" -ge 8 ] || die "only $failed of 14 runs failed: the disk was not full"

say "with space again the next run needs no help"
chmod -R u+w "$scratch/store/snapshots"
before=$(verified_snapshots)
expect 0 "$backstay" run "$plan" || true
[ "$(verified_snapshots)" = $((before + 1)) ] || die "the run after the full disk is not there"
