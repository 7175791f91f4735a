#!/usr/bin/env bash
# Nights on which the clock is changed, missed nights and clocks that jump: whenever cron's line or a timer wakes the
# program, it runs once for each night that the policy has. (schedule_test looks at what systemd itself fires.)
source "$(dirname "$0")/lib.sh"

make_quickstart
sed -i 's/^zone .*/zone "Europe\/Berlin"/' "$scratch/quickstart.stay"
grep -q Berlin "$scratch/quickstart.stay" || die "the policy has no zone to change"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"

# at UTC-TIME COMMAND…: with a clock that stands there.
at() {
  local offset=$(($(date -u -d "$1" +%s) - $(date +%s)))
  shift
  BACKSTAY_TEST_CLOCK=$offset "$@"
}
# wakes TIME RAN: cron wakes the line of this plan then; it makes a snapshot, or none.
wakes() {
  expect 0 at "$1" "$backstay" -q run "$plan" --if-due --lock-timeout 1h
  [ "$(grep -c '^snapshot ' <<<"$output" || true)" = "$2" ] || die "at $1: not $2 runs: $output"
}

say "the night that has no 02:30 is run at the end of the gap, once"
expect 0 at "2027-03-27 01:30:05" "$backstay" -q run "$plan"
wakes "2027-03-28 00:55" 0
wakes "2027-03-28 01:00" 1 # 03:00 there
wakes "2027-03-28 01:05" 0
wakes "2027-03-29 00:25" 0
wakes "2027-03-29 00:30" 1

say "the night that has 02:30 twice is run once, the first time"
wakes "2027-10-30 00:30" 1
wakes "2027-10-31 00:25" 0
wakes "2027-10-31 00:30" 1
wakes "2027-10-31 01:30" 0
wakes "2027-10-31 01:35" 0
wakes "2027-11-01 01:25" 0
wakes "2027-11-01 01:30" 1

say "five nights that the machine was off are one run"
wakes "2027-11-06 09:00" 1
wakes "2027-11-06 09:05" 0
wakes "2027-11-07 01:30" 1

say "a clock that jumps ahead and comes back: the run of then counts for nothing, and no night is left out"
wakes "2028-06-01 00:30" 1
wakes "2027-11-07 01:35" 0
wakes "2027-11-08 01:30" 1
wakes "2027-11-08 01:35" 0

say "a clock that falls back: nothing is run twice for a night that has its run"
wakes "2027-11-07 22:00" 0
wakes "2027-11-09 01:30" 1
