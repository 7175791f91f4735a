# The catalogue follows every command, costs none of them anything, and is made anew from what is left.
source "$(dirname "$0")/lib.sh"

make_quickstart
catalogue=$BACKSTAY_STATE_DIR/catalogue.sqlite
known() { "$backstay" catalogue snapshots -f json | jq -S '[.snapshots[] | del(.store)]'; }
runs() { "$backstay" catalogue runs -f json | jq -S '[.runs[] | del(.known_from)]'; }

say "a run, a refused one, a hold, a restore and a prune are in it"
expect 1 "$backstay" catalogue runs
says "there is no catalogue"
"$backstay" -q run "$plan"
"$backstay" -q run "$plan" --if-due
"$backstay" -q hold add "$plan" latest because "the auditors"
"$backstay" -q restore "$plan" --to "$scratch/beside"
"$backstay" -q run "$plan"
[ "$(stat -c %a "$catalogue")" = 600 ] || die "the catalogue is not its owner's alone"
expect 0 "$backstay" catalogue calls
says "not due"
expect 2 "$backstay" catalogue calls --since yesterday
says '`yesterday` is no day such as 2026-11-01'
[ "$("$backstay" catalogue runs -f json | jq -r '[.runs[].what] | join(" ")')" = "backup restore backup" ] ||
  die "$("$backstay" catalogue runs)"
"$backstay" catalogue runs -f json | jq -e '.runs[0].steps | length == 7' >/dev/null || die "not all steps"
"$backstay" catalogue runs -f json | jq -e '[.runs[0].steps[] | select(.state == "done") | .started_ms >= 0] | all' \
  >/dev/null || die "steps have no beginning"
"$backstay" catalogue snapshots -f json |
  jq -e '.snapshots[0] | .state == "verified" and .holds[0].because == "the auditors"' >/dev/null ||
  die "$("$backstay" catalogue snapshots -f json)"
"$backstay" catalogue snapshots -f json |
  jq -e '.snapshots[0].components[] | select(.component == "notes.db") | .tool_version | startswith("SQLite")' \
    >/dev/null || die "no version of SQLite"

say "a rebuild makes the same of it"
before=$(known)$(runs)
expect 0 "$backstay" catalogue rebuild "$plan"
says "holds 3 runs and 2 snapshots"
[ "$before" = "$(known)$(runs)" ] || die "a rebuild changed what is known"
expect 0 "$backstay" catalogue calls
says "not due"

say "with the machine lost the store alone gives back what it knows"
before=$(known)
mv "$BACKSTAY_STATE_DIR" "$scratch/lost"
expect 0 "$backstay" catalogue rebuild "$scratch/store"
says "not known: restores, and runs that left no snapshot"
says "holds 2 runs and 2 snapshots"
[ "$before" = "$(known)" ] || die "the store gave back something else"
rm -rf "$BACKSTAY_STATE_DIR"
mv "$scratch/lost" "$BACKSTAY_STATE_DIR"

say "no failure of the catalogue fails a backup"
cp "$catalogue" "$scratch/good"
sqlite3 "$catalogue" 'PRAGMA user_version=99'
sum=$(sha256sum "$catalogue")
expect 0 "$backstay" run "$plan"
says "costs the run nothing"
says "is of version 99"
[ "$sum" = "$(sha256sum "$catalogue")" ] || die "a newer catalogue was changed"
expect 7 "$backstay" catalogue rebuild "$plan"
says "move the file away"
head -c 20000 /dev/urandom >"$catalogue"
expect 0 "$backstay" run "$plan"
says "was set aside as"
[ "$("$backstay" catalogue snapshots -f json | jq '.snapshots | length')" = 4 ] || die "not made anew"
rm "$catalogue"
mkdir "$catalogue"
expect 0 "$backstay" run "$plan"
says "costs the run nothing"
rmdir "$catalogue"
cp "$scratch/good" "$catalogue"
printf 'BEGIN EXCLUSIVE;\n.shell sleep 20\n' | sqlite3 "$catalogue" >/dev/null 2>&1 &
holder=$!
sleep 1
expect 0 "$backstay" run "$plan"
says "holds the catalogue locked"
kill "$holder" 2>/dev/null || true
wait "$holder" 2>/dev/null || true
mount -t tmpfs -o size=16k tmpfs "$BACKSTAY_STATE_DIR"
expect 1 "$backstay" catalogue rebuild "$plan"
[ -z "$(find "$BACKSTAY_STATE_DIR" -name '*.new-*')" ] || die "half a catalogue was left"
umount "$BACKSTAY_STATE_DIR"

say "a rebuild that is killed leaves the old one, a killed update what the next one adds"
expect 0 "$backstay" catalogue rebuild "$plan"
BACKSTAY_FAILPOINT=catalogue.replace:1:kill "$backstay" catalogue rebuild "$plan" >/dev/null 2>&1 || true
[ "$("$backstay" catalogue snapshots -f json | jq '.snapshots | length')" = 6 ] || die "lost by a kill"
expect 0 "$backstay" catalogue rebuild "$plan"
[ -z "$(find "$BACKSTAY_STATE_DIR" -name '*.new-*')" ] || die "what a killed rebuild left stays"
code=0
BACKSTAY_FAILPOINT=catalogue.commit:1:kill "$backstay" run "$plan" >/dev/null 2>&1 || code=$?
[ "$code" = 137 ] || die "not killed: $code"
"$backstay" -q run "$plan"
[ "$("$backstay" catalogue snapshots -f json | jq '.snapshots | length')" = 8 ] || die "what a killed call left out is missing"

say "verifications and rebuilds at once all come to their end, and nothing is lost"
pids=()
for number in 1 2 3 4 5; do
  "$backstay" -q verify "$plan" latest >/dev/null 2>"$scratch/out-$number" &
  pids+=($!)
  "$backstay" -q catalogue rebuild "$plan" >/dev/null 2>"$scratch/out-again-$number" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || die "$(cat "$scratch"/out-*)"; done
[ "$("$backstay" catalogue calls -f json | jq '[.calls[] | select(.what == "verify")] | length')" = 5 ] ||
  die "$("$backstay" catalogue calls)"
[ "$("$backstay" catalogue snapshots -f json | jq '.snapshots | length')" = 8 ] || die "snapshots were lost"
[ "$(sqlite3 "$catalogue" 'PRAGMA integrity_check')" = ok ] || die "the catalogue is damaged"
