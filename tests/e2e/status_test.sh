#!/usr/bin/env bash
# "Are we safe?": before the first backup, after it, after a failed run, without the store; and what
# the runs of this machine did.
source "$(dirname "$0")/lib.sh"
make_quickstart
printf '\nrequire all services {\n    rpo 26h\n}\n' >>"$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"

say "nothing was backed up yet"
expect 0 "$backstay" status "$plan"
says "UNSAFE"
says "there is no point"
says "a loss costs  everything; \`rpo 26h\` is promised"
expect 6 "$backstay" status "$plan" --check
expect 0 "$backstay" logs
says "no runs on this machine"
expect 1 "$backstay" logs latest

say "a good backup"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan" --check
says "SAFE  "
says "verified at level"
says "1 complete"
says "next run      20"
says "Everything is safe: the newest point of the one backup is"
says "(\`rpo 26h\` is promised), and no restore was ever proven by a drill."
expect 0 "$backstay" logs latest
says "outcome   verified"
says "commit@"
run=$("$backstay" logs --format json | jq -r '.runs[0].run')
expect 0 "$backstay" logs "${run:0:20}"
[ "$("$backstay" status "$plan" --format json | jq -r '.backups[0] | "\(.safe) \(.points) \(.promised_rpo_seconds) \(.last_run.status)"')" = \
  "true 1 93600 verified" ] || die "the JSON says something else: $("$backstay" status "$plan" --format json)"

say "a run that failed is a problem, also with a good point"
mv "$scratch/etc" "$scratch/etc.away"
sleep 1 # runs are told apart by their second
expect 3 "$backstay" run "$plan"
expect 6 "$backstay" status "$plan" --check
says "the last run was partial"
says "1 of 1 not safe: backup notes of policy quickstart on here: the last run was partial, \`backstay logs\` says why."
says "1 complete"
says "1 partial"

say "the same without the catalogue; without all of this machine's state the store still tells"
rm "$BACKSTAY_STATE_DIR/catalogue.sqlite"
expect 6 "$backstay" status "$plan" --check
says "the last run was partial"
mv "$BACKSTAY_STATE_DIR" "$scratch/state.away"
expect 6 "$backstay" status "$plan" --check
says "1 of 1 not safe: backup notes of policy quickstart on here: the newest snapshot is partial, and this machine has no report of its run: 00000002-"
says "\`rpo 26h\` is promised"
rm -rf "$BACKSTAY_STATE_DIR"
mv "$scratch/state.away" "$BACKSTAY_STATE_DIR"
mv "$scratch/etc.away" "$scratch/etc"
expect 2 "$backstay" logs 2
says "fits 2 runs"
sleep 1
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan" --check

say "a run that could not begin leaves its word: another one held the lock"
exec 9>>"$(ls -d "$scratch"/store/locks/*)"
flock 9
sleep 1
expect 11 "$backstay" run "$plan"
flock -u 9
exec 9>&-
expect 6 "$backstay" status "$plan" --check
says "the last run did not begin"
says "last run      did not begin"
expect 0 "$backstay" logs
says "did not begin"
expect 0 "$backstay" logs latest
says "outcome   did not begin"
says "another run of policy"
[ "$("$backstay" logs -f json | jq -r '.runs[0] | "\(.begun) \(.status)"')" = "false failed" ] || die "the JSON says something else"
expect 0 "$backstay" report "$plan" -f json
grep -q "did not begin" <<<"$output" || die "the report does not know: $output"
expect 0 "$backstay" status "$plan" -f prometheus
says "backstay_last_run_success{policy=\"quickstart\",backup=\"notes\",host=\"here\"} 0"
sleep 1
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan" --check

say "so does one whose store was full before it, and it does not count as the one that was due"
cp -a "$scratch/store" "$scratch/store.away"
mount -t tmpfs -o size=24m tmpfs "$scratch/store"
cp -a "$scratch/store.away/." "$scratch/store/"
dd if=/dev/zero of="$scratch/store/filling" bs=1M 2>/dev/null || true
sleep 1
expect 1 "$backstay" run "$plan"
expect 6 "$backstay" status "$plan" --check
says "is full: 0 B"
expect 0 "$backstay" logs latest
says "is full: 0 B"
umount "$scratch/store"
rm -r "$scratch/store.away"
mv "$scratch/store" "$scratch/store.empty"
sleep 1
expect 7 "$backstay" run "$plan"
expect 6 "$backstay" status "$plan" --check
mv "$scratch/store.empty" "$scratch/store"
expect 6 "$backstay" status "$plan" --check
says "the last run did not begin"
sleep 1
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan" --check

say "a restore is seen"
expect 0 "$backstay" restore "$plan" --in-place --yes
expect 0 "$backstay" status "$plan" --check
says_not "last restore  none"

say "a run is the same run where nobody can take its messages: a full disk of a log, a reader who left"
code=0
"$backstay" run "$plan" 2>/dev/full || code=$?
[ "$code" = 0 ] || die "a run without room for its messages ends with $code"
sleep 1
{ "$backstay" run "$plan" 2>&1 || echo "$?" >"$scratch/code"; } | true
[ ! -e "$scratch/code" ] || die "a run whose reader left ends with $(cat "$scratch/code")"
sleep 1
code=0
"$backstay" run "$plan" <&- >&- 2>&- || code=$?
[ "$code" = 0 ] || die "a run without standard streams ends with $code"
! grep -rq 'check@here (' "$scratch/store/locks" || die "its messages went into a file of the store"
expect 0 "$backstay" verify "$plan" latest --level 2
expect 0 "$backstay" status "$plan" --check

say "names that the plan does not have"
expect 2 "$backstay" status "$plan" --backup note
says 'did you mean `notes`?'
expect 2 "$backstay" status "$plan" --host there
says 'no host `there`'

say "without its store"
mv "$scratch/store" "$scratch/store.away"
expect 6 "$backstay" status "$plan" --check
says "PROBLEM"
says "$scratch/store"
say "done"
