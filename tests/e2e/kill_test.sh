#!/usr/bin/env bash
# kill -9 at every failpoint of a backup: the next run succeeds without help, and `list` shows only
# snapshots that verify at level 2. The failpoints are learnt from a run, so a new one is visited too.
source "$(dirname "$0")/lib.sh"

make_quickstart
sleep 3 # files younger than two seconds are read again, and nothing would be linked
# The second run shows what every later one passes; the first makes directories that then stay.
expect 0 "$backstay" run "$plan"
BACKSTAY_FAILPOINT_LOG=$scratch/points "$backstay" -q run "$plan" >/dev/null
mapfile -t points < <(sort "$scratch/points" | uniq -c | awk '{ print $2 ":" $1 }')
[ "${#points[@]}" -ge 10 ] || die "only ${#points[@]} failpoints were passed: is this a test build?"
snapshots=$(verified_snapshots)
visited=0
for point in "${points[@]}"; do
  name=${point%:*}
  count=${point#*:}
  # The first, the middle and the last time that the place is passed.
  for nth in $(printf '%s\n' 1 $(((count + 1) / 2)) "$count" | sort -nu); do
    code=0
    { BACKSTAY_FAILPOINT=$name:$nth:kill "$backstay" -q run "$plan"; } >/dev/null 2>&1 || code=$?
    # How often a place is passed may differ by the grouping of journal records; the first time is sure.
    if [ "$code" = 0 ] && [ "$nth" != 1 ]; then continue; fi
    [ "$code" = 137 ] || die "$name:$nth did not kill the run (exit $code)"
    visited=$((visited + 1))
  done
  expect 0 "$backstay" run "$plan"
  now=$(verified_snapshots)
  [ "$now" -gt "$snapshots" ] || die "after $name the next run left no snapshot"
  snapshots=$now
  [ -z "$(ls -A "$scratch/store/staging")" ] || die "after $name something is left in staging"
done
[ "$visited" -ge $((2 * ${#points[@]} / 3)) ] || die "only $visited kills"
say "killed at $visited places of ${#points[@]} failpoints; $snapshots snapshots, all intact"
rm -rf "$scratch/etc/notes"
expect 0 "$backstay" restore "$plan" --in-place --yes
