#!/usr/bin/env bash
# Copies with a schedule of their own: the newest verified point goes when that schedule has fired, whatever the
# backup's own does; timers are made of them and of drills.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n}\n\nschedule weekly {\n    every sun at 10:00\n    window 4h\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to second keep standard run weekly|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
printf 'drill practice {\n    run weekly\n    restore all services from local into sandbox\n}\n' >>"$scratch/quickstart.stay"
plan=$scratch/quickstart.plan.yaml
expect 0 "$backstay" plan "$scratch/quickstart.stay" -o "$plan"
says_not "does not run"
expect 0 "$backstay" -q store init "$plan"
at() { BACKSTAY_TEST_CLOCK=$((${1} * 86400)) "${@:2}"; }
copies() { ls "$scratch/second/snapshots" | wc -l; }

say "without a verified point there is nothing to copy; a copy that goes with every run is none of these"
expect 1 "$backstay" run "$plan" --copy second
says "there is no complete and verified snapshot"
expect 2 "$backstay" run "$plan" --copy local
expect 2 "$backstay" run "$plan" --copy second --rehash
[ "$(copies)" = 0 ] || die "something was copied"

say "the run copies nothing; the copy takes the newest verified point, proven there"
expect 0 "$backstay" run "$plan"
expect 0 at 1 "$backstay" run "$plan"
[ "$(copies)" = 0 ] || die "the run copied"
expect 0 at 1 "$backstay" run "$plan" --copy second --dry-run
says "adds the new snapshot"
[ "$(copies)" = 0 ] || die "a dry run copied"
expect 0 at 1 "$backstay" run "$plan" --copy second --if-due
newest=$(ls "$scratch/store/snapshots" | tail -1)
[ "$(ls "$scratch/second/snapshots")" = "$newest" ] || die "it is not the newest"
[ -e "$scratch/second/records/$newest/receipt-1.json" ] || die "no receipt"
expect 0 "$backstay" verify "$scratch/second" --level 2

say "once it ran it is due when its own schedule has fired"
expect 0 at 1 "$backstay" run "$plan"
expect 0 at 1 "$backstay" run "$plan" --copy second --if-due
says "not due"
[ "$(copies)" = 1 ] || die "it was copied again"
expect 0 at 9 "$backstay" run "$plan" --copy second --if-due
[ "$(copies)" = 2 ] || die "it was due and did not run"

say "the points between are not waited for by prune: a newer one was there; those after it are"
expect 0 at 9 "$backstay" prune "$plan" --dry-run
[ "$(grep -c "not proven at second" <<<"$output")" = 0 ] || die "what was overtaken is waited for: $output"
expect 0 at 10 "$backstay" run "$plan"
expect 0 at 11 "$backstay" prune "$plan" --dry-run
[ "$(grep -c "not proven at second" <<<"$output")" = 1 ] || die "what is not copied yet would not be waited for: $output"

say "a copy that is killed leaves none; one that fails is told by the status until one goes well"
expect 0 at 10 "$backstay" run "$plan"
{ at 10 env BACKSTAY_FAILPOINT=run.step:1:kill "$backstay" run "$plan" --copy second; } >/dev/null 2>&1 || true
mv "$scratch/second" "$scratch/away"
expect 7 at 10 "$backstay" run "$plan" --copy second
expect 6 at 10 "$backstay" status "$plan" --check
says "the last copy to second was failed"
mv "$scratch/away" "$scratch/second"
expect 0 at 10 "$backstay" run "$plan" --copy second --then-prune
says "target second: 0 of 3 points went to the trash"
[ "$(copies)" = 3 ] || die "$(copies) copies"
expect 0 at 10 "$backstay" status "$plan" --check

say "timers of the backup, of its copy and of the drill"
chmod 755 "$scratch"
expect 0 "$backstay" schedule install "$plan" --dry-run --cron
says "'--copy' 'second'"
says "'--drill' 'practice'"
says "backstay-quickstart-notes-to-second"
expect 0 "$backstay" schedule list "$plan"
says "backup notes to second"
says "drill practice"
