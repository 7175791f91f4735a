#!/usr/bin/env bash
# Timers of a plan on a booted machine: hardened units that systemd finds nothing wrong with, a timer that
# really fires, what is due and what is not, fields in the journal; and cron where there is no systemd.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"

machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT

booted_make_root "$root"
mkdir -p "$root"/{srv,opt/test,etc/app,etc/cron.d,etc/backstay}
cp "$backstay" "$root/opt/test/backstay"
echo one >"$root/etc/app/app.conf"
policy() { # RULE HOOK [KEEP]: of which a plan is made in /etc/backstay
  cat >"$root/srv/app.stay" <<END
language 1
policy app
zone "Europe/Berlin"
host here

service app {
    on here
    path /etc/app as etc
    $2
}

target local {
    directory /srv/store on here
    media disk
}

schedule often {
    $1
}

retention standard {
    ${3:-last 50}
}

backup app {
    cover all services
    run often
    to local keep standard
}
END
  expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
}
tool() { in_systemd /opt/test/backstay "$@"; }
unit=backstay-app-app

boot_systemd "$machine"
policy "every day at 02:30" ""
expect 0 tool -q store init /etc/backstay/app.plan.yaml

say "the units are shown first, and systemd finds nothing wrong with them"
expect 0 tool schedule install /etc/backstay/app.plan.yaml --dry-run
says "OnCalendar=*-*-* 02:30:00 Europe/Berlin"
says "-03-28 01:00:00 UTC"
[ ! -e "$root/etc/systemd/system/$unit.timer" ] || die "a dry run wrote a unit"
expect 0 tool schedule install /etc/backstay/app.plan.yaml
# fires FROM: the next two elapses behind it of any line of the timer, in UTC.
fires() {
  sed -n 's/^OnCalendar=//p' "$root/etc/systemd/system/$unit.timer" | while read -r line; do
    TZ=UTC systemd-analyze calendar --iterations=2 --base-time="$1" "$line" 2>/dev/null || true
  done | grep -oE '[0-9]{4}-[0-9-]{5} [0-9:]{8} UTC$' | awk -v from="$1" '$0 > from' | sort -u | head -n 2 | xargs
}
[ "$(fires "2027-03-27 12:00:00 UTC")" = "2027-03-28 01:00:00 UTC 2027-03-29 00:30:00 UTC" ] ||
  die "over the gap of spring it fires at: $(fires "2027-03-27 12:00:00 UTC")"
[[ "$(fires "2027-10-30 12:00:00 UTC")" == "2027-10-31 00:30:00 UTC "* ]] ||
  die "over the double hour of autumn it fires at: $(fires "2027-10-30 12:00:00 UTC")"
expect 0 in_systemd systemd-analyze verify "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer"
[ -z "$output" ] || die "systemd-analyze verify: $output"
expect 0 in_systemd systemd-analyze security --offline=true --threshold=30 "/etc/systemd/system/$unit.service"
echo "$output" | tail -n 1
expect 0 tool schedule install /etc/backstay/app.plan.yaml
expect 0 tool schedule list /etc/backstay/app.plan.yaml
says "$unit.timer"
says "never ran"
expect 0 in_systemd systemctl list-timers --no-legend "$unit.timer"
says "$unit.service"

say "a hardened run by systemd: fields in the journal, outcome in the list"
expect 0 in_systemd systemctl start "$unit.service"
expect 0 in_systemd journalctl --no-pager -o json BACKSTAY_POLICY=app BACKSTAY_STATUS=verified
[ "$(jq -r .BACKSTAY_BACKUP <<<"$output")" = app ] || die "the entry of the outcome is not whole: $output"
expect 0 in_systemd journalctl --no-pager -o json BACKSTAY_STEP=archive.app.etc@here BACKSTAY_STATE=done
[ "$(jq -r .PRIORITY <<<"$output")" = 6 ] || die "no entry of the step"
expect 0 tool schedule list /etc/backstay/app.plan.yaml --format json
[ "$(jq -r '.schedules[0].outcome' <<<"$output")" = verified ] || die "the outcome is not listed"

say "what is not due is not done, and a wrong clock of yesterday is no reason"
expect 0 tool run /etc/backstay/app.plan.yaml --if-due
says "is not due: the next run is"
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = 1 ] || die "a run that was not due ran"
sed -i 's/"started": "20../"started": "209/' "$root"/var/lib/backstay/runs/*.json
expect 0 tool run /etc/backstay/app.plan.yaml --if-due
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = 2 ] || die "a run that was due did not run"

say "a timer that really fires, with a hook"
policy 'calendar "*-*-* *:*:0/5"' 'before-backup ["/usr/bin/touch", "/srv/hooked"]'
expect 0 tool schedule install /etc/backstay/app.plan.yaml
expect 0 in_systemd systemd-analyze verify "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer"
[ -z "$output" ] || die "systemd-analyze verify: $output"
expect 0 in_systemd systemd-analyze security --offline=true --threshold=40 "/etc/systemd/system/$unit.service"
echo "$output" | tail -n 1
wait_for "the timer" sh -c "[ \$(ls '$root/srv/store/snapshots' | wc -l) -ge 4 ]"
[ -e "$root/srv/hooked" ] || die "the hook did not run"

say "two runs never overlap: the second waits, and finds that nothing is due"
in_systemd systemctl stop "$unit.timer"
wait_for "its end" in_systemd sh -c "systemctl show --property=ActiveState $unit.service | grep -q inactive"
policy "every day at 02:30" 'before-backup ["/usr/bin/sleep", "3"]'
rm -f "$root"/var/lib/backstay/runs/*
before=$(ls "$root/srv/store/snapshots" | wc -l)
tool run /etc/backstay/app.plan.yaml --if-due --lock-timeout 1m >"$scratch/first" 2>&1 &
first=$!
tool run /etc/backstay/app.plan.yaml --if-due --lock-timeout 1m >"$scratch/second" 2>&1
wait "$first"
cat "$scratch/first" "$scratch/second" | has "another run has just done what was due" || die "both ran"
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = $((before + 1)) ] || die "not one run"

say "what retention does not keep goes behind a scheduled run; what a guard asks about stays"
here=$(ls "$root/srv/store/snapshots" | wc -l)
policy "every day at 02:30" "" "last 2"  # and at-least 3, as ever
expect 0 tool run /etc/backstay/app.plan.yaml
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = $((here + 1)) ] || die "a run by hand deleted something"
expect 0 tool schedule install /etc/backstay/app.plan.yaml
rm -f "$root"/var/lib/backstay/runs/*
expect 1 in_systemd systemctl start "$unit.service"
expect 0 in_systemd systemctl show --property=ExecMainStatus "$unit.service"
says "ExecMainStatus=8"
expect 0 in_systemd journalctl --no-pager -u "$unit.service"
says "points would go; more than"
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = $((here + 2)) ] || die "points went that a guard asks about"
expect 8 tool prune /etc/backstay/app.plan.yaml
decision=${output##*--confirm }
expect 0 tool prune /etc/backstay/app.plan.yaml --confirm "${decision%% *}"
rm -f "$root"/var/lib/backstay/runs/*
expect 0 in_systemd systemctl start "$unit.service"
[ "$(ls "$root/srv/store/snapshots" | wc -l)" = 3 ] || die "the scheduled run did not prune: $(in_systemd journalctl --no-pager -u "$unit.service" | tail -n 20)"
expect 0 in_systemd journalctl --no-pager -u "$unit.service"
says "target local: 1 of 4 points went to the trash"

say "a missed run is caught up after the machine was off"
policy "every day at 02:30" 'before-backup ["/usr/bin/sleep", "3"]'
before=$(ls "$root/srv/store/snapshots" | wc -l)
expect 0 tool schedule install /etc/backstay/app.plan.yaml
rm -f "$root"/var/lib/backstay/runs/*
touch -d '2 days ago' "$root/var/lib/systemd/timers/stamp-$unit.timer"
reboot_systemd
wait_for "the missed run" sh -c "[ \$(ls '$root/srv/store/snapshots' | wc -l) -ge $((before + 1)) ]"

say "a copy and a drill with schedules of their own have units of their own, which do what they are for"
cp "$root/srv/app.stay" "$scratch/app.stay"
sed -i -e 's/^    to local keep standard/&\n    copy to second keep standard run often/' -e 's/^backup app/drill practice {\n    run often\n    restore all services from local into sandbox\n}\n\n&/' \
  -e 's/^schedule often/target second {\n    directory \/srv\/second on here\n    media disk\n}\n\n&/' "$root/srv/app.stay"
expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
expect 0 tool -q store init /etc/backstay/app.plan.yaml
expect 0 tool schedule install /etc/backstay/app.plan.yaml
for one in to-second:30 drill:70; do
  name=$([ "${one%:*}" = drill ] && echo backstay-app-drill-practice || echo "$unit-${one%:*}")
  expect 0 in_systemd systemd-analyze verify "/etc/systemd/system/$name.service" "/etc/systemd/system/$name.timer"
  [ -z "$output" ] || die "systemd-analyze verify: $output"
  expect 0 in_systemd systemd-analyze security --offline=true --threshold="${one#*:}" "/etc/systemd/system/$name.service"
  echo "$output" | tail -n 1
  expect 0 in_systemd systemctl start "$name.service"
done
[ "$(ls "$root/srv/second/snapshots")" = "$(ls "$root/srv/store/snapshots" | tail -n 1)" ] || die "the newest was not copied"
expect 0 tool schedule list /etc/backstay/app.plan.yaml --format json
[ "$(jq -r '[.schedules[].outcome] | join(" ")' <<<"$output")" = "verified verified drilled" ] || die "not the outcomes: $output"
expect 0 in_systemd systemctl list-timers --no-legend 'backstay-app-*'
[ "$(grep -c "^" <<<"$output")" = 3 ] || die "not three timers: $output"

say "what the policy has no more is listed, shown before it goes, and goes with the next installation"
cp "$root/etc/backstay/app.plan.yaml" "$scratch/with-copy.plan.yaml"
cp "$scratch/app.stay" "$root/srv/app.stay"
expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
for suffix in service timer; do # of another policy, and of nobody
  sed 's/of policy app/of policy other/' "$root/etc/systemd/system/$unit.$suffix" >"$root/etc/systemd/system/backstay-app-zzz.$suffix"
  printf '[Unit]\nDescription=Backstay: backup app of policy app\n' >"$root/etc/systemd/system/backstay-app-mine.$suffix"
done
ours() { (cd "$root/etc/systemd/system" && echo backstay-app-*); }
before=$(ours)
expect 0 tool schedule list /etc/backstay/app.plan.yaml
[[ $output =~ backup\ app\ to\ second\ +not\ in\ this\ plan\ +$unit-to-second.timer ]] || die "not listed: $output"
[[ $output =~ drill\ practice\ +not\ in\ this\ plan ]] || die "not listed: $output"
expect 0 tool schedule install /etc/backstay/app.plan.yaml --dry-run
says "would remove /etc/systemd/system/$unit-to-second.timer: the plan has no schedule for backup app to second any more"
says "would remove /etc/systemd/system/backstay-app-drill-practice.service"
[ "$(ours)" = "$before" ] || die "a dry run took something away"
output=$(tool doctor /etc/backstay/app.plan.yaml 2>&1) || true
says "backstay-app-drill-practice stands here for drill practice, which has no schedule in this plan"
expect 0 tool schedule install /etc/backstay/app.plan.yaml
[ "$(ours)" = "backstay-app-app.service backstay-app-app.timer backstay-app-mine.service backstay-app-mine.timer backstay-app-zzz.service backstay-app-zzz.timer" ] ||
  die "these are left: $(ours)"
expect 0 in_systemd systemctl list-timers --no-legend 'backstay-app-*'
[ "$(grep -c "^" <<<"$output")" = 1 ] || die "not one timer: $output"
expect 0 tool schedule list /etc/backstay/app.plan.yaml
says_not "not in this plan"
cp "$scratch/with-copy.plan.yaml" "$root/etc/backstay/app.plan.yaml"
expect 0 tool schedule install /etc/backstay/app.plan.yaml
expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
expect 0 tool schedule remove /etc/backstay/app.plan.yaml
[ "$(ours)" = "backstay-app-mine.service backstay-app-mine.timer backstay-app-zzz.service backstay-app-zzz.timer" ] ||
  die "these are left by remove: $(ours)"
rm "$root"/etc/systemd/system/backstay-app-{mine,zzz}.*

say "a plan that others can change is not scheduled"
in_systemd chmod 0666 /etc/backstay/app.plan.yaml
expect 7 tool schedule install /etc/backstay/app.plan.yaml
says "can be changed by others than root"
in_systemd chmod 0777 /etc/backstay

say "what the doctor says mends it, and a backup that nothing starts, done as it stands"
mend_of() { # AREA TEXT
  output=$(tool doctor /etc/backstay/app.plan.yaml 2>&1) || true
  grep -A1 -E "^(problem|warning) +$1: .*$2" <<<"$output" | sed -n 's/^ *mend: //p' | head -n 1
}
for finding in "privileges|can be changed by others" "timers|nothing starts it" "timers|is installed, but not active"; do
  [[ $finding == *"not active"* ]] && in_systemd systemctl disable --quiet --now backstay-app-app.timer
  mend=$(mend_of "${finding%|*}" "${finding#*|}")
  [ -n "$mend" ] || die "nothing of ${finding}: $(tool doctor /etc/backstay/app.plan.yaml 2>&1)"
  in_systemd bash -c "backstay() { /opt/test/backstay \"\$@\"; }; $mend" >"$scratch/mend.log" 2>&1 || die "'$mend' fails: $(cat "$scratch/mend.log")"
  [ -z "$(mend_of "${finding%|*}" "${finding#*|}")" ] || die "'$mend' does not mend ${finding}"
done
expect 0 tool schedule remove /etc/backstay/app.plan.yaml

say "removed"
expect 0 tool schedule remove /etc/backstay/app.plan.yaml
[ -z "$(ls "$root/etc/systemd/system" | grep "^$unit")" ] || die "a unit is left"
expect 0 tool schedule list /etc/backstay/app.plan.yaml
says "nobody"

say "cron, where it is asked for"
expect 0 tool schedule install /etc/backstay/app.plan.yaml
expect 0 tool schedule install /etc/backstay/app.plan.yaml --cron --dry-run
says "would remove /etc/systemd/system/$unit.timer: cron runs it from now on"
expect 0 tool schedule install /etc/backstay/app.plan.yaml --cron
[ ! -e "$root/etc/systemd/system/$unit.timer" ] || die "systemd and cron both run it"
[[ $(tail -n 1 "$root/etc/cron.d/$unit") == "*/5 * * * * root '/opt/test/backstay' "*"'--if-due'"*"--quiet" ]] ||
  die "not the line for cron: $(cat "$root/etc/cron.d/$unit")"
expect 0 in_systemd sh -c "$(sed 's/^[^r]*root //' "$root/etc/cron.d/$unit")"
expect 0 tool schedule list /etc/backstay/app.plan.yaml
says "/etc/cron.d/$unit"
expect 0 tool schedule remove /etc/backstay/app.plan.yaml
