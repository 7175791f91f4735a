#!/usr/bin/env bash
# A snapshot that is damaged after its commit and before the verification of the same run: the run ends with 5,
# the point counts nowhere, no copy of it is made, and the next run stores anew what was damaged.
source "$(dirname "$0")/lib.sh"
make_quickstart
sed -i "s|^    to local .*|&\n    copy to second keep standard|" "$scratch/quickstart.stay"
cat >>"$scratch/quickstart.stay" <<POLICY

target second {
    directory $scratch/second on here
    media disk
}
POLICY
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"

newest() { find "$scratch/store/snapshots" -mindepth 1 -maxdepth 1 | sort | tail -n 1; }
state_of() { "$backstay" list "$plan" --format json | jq -r --arg id "$1" '.snapshots[] | select(.id == $id).state'; }
copies() { find "$scratch/second/snapshots" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
# Files of this point alone: else older points were damaged too.
own_files() { find "$1/data" -type f -links 1 -size +40c | sort; }

# run_with DAMAGE…: stops between commit and verification, does DAMAGE to the new snapshot, goes on.
run_with() {
  local code=0 round
  date +%N >>"$scratch/etc/notes/local.conf"
  BACKSTAY_FAILPOINT=verify-snapshot.begin:1:stop "$backstay" run "$plan" >"$scratch/out" 2>&1 &
  run=$!
  for round in $(seq 600); do
    [ "$(awk '{ print $3 }' "/proc/$run/stat" 2>/dev/null)" = T ] && break
    kill -0 "$run" 2>/dev/null || die "the run did not stop: $(cat "$scratch/out")"
    sleep 0.05
  done
  snapshot=$(newest)
  "$@" "$snapshot"
  kill -CONT "$run"
  wait "$run" || code=$?
  output=$(cat "$scratch/out")
  exit_code=$code
}
untouched() { :; }
flipped() { # one byte of a part, of the same size
  local file
  file=$(own_files "$1" | head -n 1)
  chmod u+w "$file"
  printf '%b' "\\x$(printf '%02x' $(($(od -An -tu1 -j20 -N1 "$file") ^ 1)))" | dd of="$file" bs=1 seek=20 conv=notrunc status=none
  touch -d '2020-01-01' "$file"
}
shortened() {
  local file
  file=$(own_files "$1" | tail -n 1)
  chmod u+w "$file"
  truncate -s -1 "$file"
}
removed() {
  local file
  file=$(own_files "$1" | head -n 1)
  chmod u+w "$(dirname "$file")"
  rm -f "$file"
}
paper() {
  chmod u+w "$1/manifest.json"
  printf '\n' >>"$1/manifest.json"
}

say "nobody does anything meanwhile: the run is good (else this test would show nothing)"
run_with untouched
[ "$exit_code" = 0 ] || die "exit $exit_code: $output"
[ "$(copies)" = 1 ] || die "it was not copied"
expect 0 "$backstay" status "$plan"
says_not "NOT INTACT"

for damage in flipped shortened removed paper; do
  say "between commit and verification: $damage"
  good=$(newest)
  before=$(copies)
  run_with "$damage"
  [ "$exit_code" = 5 ] || die "exit $exit_code instead of 5: $output"
  damaged=$snapshot
  id=$(basename "$damaged")
  [ "$(state_of "$id")" = damaged ] || die "$id is $(state_of "$id")"
  [ "$(copies)" = "$before" ] || die "a damaged point was copied"
  expect 5 "$backstay" verify "$plan" "$id"
  expect 0 "$backstay" verify "$plan" "$(basename "$good")" --level 2
  code=0
  "$backstay" status "$plan" --check >"$scratch/status" 2>&1 || code=$?
  [ "$code" = 6 ] || die "status says that all is safe: $(cat "$scratch/status")"
  expect 0 "$backstay" logs latest
  says_not "verified"
  # the next run does not link what is damaged
  run_with untouched
  [ "$exit_code" = 0 ] || die "the run after it: exit $exit_code: $output"
  expect 0 "$backstay" verify "$plan" latest --level 2
  chmod -R u+w "$damaged"
  rm -rf "$damaged" "$scratch/store/records/$id"
done
