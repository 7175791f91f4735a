#!/usr/bin/env bash
# `simulate`: runs, clock changes, outages, and what stays, as text and as JSON.
source "$(dirname "$0")/lib.sh"

cd "$scratch"
cat >entry.stay <<'STAY'
language 1
policy entry

zone "Europe/Berlin"

param path path = /srv/app

host here

service app {
    on here
    path path
}

target local {
    directory /srv/backup on here
}

schedule nightly {
    every day at 02:30
    window 1h
}

retention standard {
    daily 7
    weekly 4
    monthly 6
    at-least 3
}

backup everything {
    cover all services
    run nightly
    to local keep standard
}
STAY

say "a run in an hour that is not there is told, with the offset of both sides"
expect 0 "$backstay" simulate entry.stay --days 90
says "2027-03-27 02:30 +01:00"
says "2027-03-28 03:00 +02:00"
says "2027-03-28 02:30 is not there"
says "daily 7 of 7"
says "90 runs, "

say "an outage removes nothing, and the last run ends it"
expect 0 "$backstay" simulate entry.stay --days 200 --format json --set path=/srv/other
jq -e '.backups[0].runs | length == 200 and (map(select(.kept)) | length) == (last | .points)' <<<"$output" >/dev/null ||
  die "the JSON is not as documented"
steady=$(jq '.backups[0].runs | map(select(.kept)) | length' <<<"$output")
expect 0 "$backstay" simulate entry.stay --days 200 --outage 20d --format json
jq -e '.backups[0].runs | map(select(.missed)) | length == 20' <<<"$output" >/dev/null || die "not 20 runs missed"
left=$(jq '.backups[0].runs | map(select(.kept)) | length' <<<"$output")
[ "$left" -ge 10 ] && [ "$left" -le "$steady" ] || die "an outage left $left of $steady points"

say "each target has a table of its own, and a copy says which points it brings"
sed 's|to local keep standard|&\n    copy to far keep standard\n    copy to tape keep standard run weekly|' entry.stay >copies.stay
cat >>copies.stay <<'STAY'

target far {
    directory /srv/far on here
    deletable-by admin
}

target tape {
    directory /srv/tape on here
    media tape
}

schedule weekly {
    every sun at 04:00
    window 1h
}
STAY
expect 0 "$backstay" simulate copies.stay --days 14
says "copied after each run"
says "COPIES THE POINT OF"
expect 0 "$backstay" simulate copies.stay --days 14 --format json
jq -e '[.backups[] | .copy] == [false, true, true] and (.backups[2].runs | length == 2)' <<<"$output" >/dev/null ||
  die "the copies are not in the JSON"

say "an outage leaves what the check says"
sed 's|"Europe/Berlin"|UTC|; /daily 7/,/at-least 3/d; s|retention standard {|&\n    all-for 14d|' entry.stay >outage.stay
expect 0 "$backstay" check outage.stay
says "one run leaves 4 of 14 points"
says "simulate --days 25 --outage 10d"
expect 0 "$backstay" simulate outage.stay --days 25 --outage 10d
says "25 runs, 4 points at the end"

say "proofs look from the day that is asked for"
expect 0 "$backstay" check --now 2031-03-01 entry.stay
says "2031-03-30 02:30 does not exist"
expect 2 "$backstay" check --now soon entry.stay
says "is no day"

say "mistakes are told as elsewhere"
expect 2 "$backstay" simulate entry.stay --outage soon
says "is no duration"
sed -i 's|run nightly|run nightyl|' entry.stay
expect 2 "$backstay" simulate entry.stay
says "BST0130"
