#!/usr/bin/env bash
# `explain` of a path, a step and a schedule: the facts that have a say, with their places.
source "$(dirname "$0")/lib.sh"

cd "$scratch"
cat >entry.stay <<'STAY'
language 1
policy entry

zone "Europe/Berlin"

param root path = /srv

host here

service base {
    on here
    path /opt/base
    sqlite /var/base.sqlite as db
}

service notes {
    on here
    needs base
    path root as data
    except /srv/cache because "made again"
    keep /srv/cache/kept
}

backup all-of-it {
    cover all services
    run nightly
    to local keep standard
}

target local {
    directory /backup on here
}

retention standard {
    daily 7
}

schedule nightly {
    every day at 02:30
    window 15m
}
STAY

say "a path that is selected, and the way it is"
expect 0 "$backstay" explain /srv/notes.txt entry.stay
says "/srv/notes.txt is selected"
says "notes.data holds it: path /srv  (entry.stay:6)"
says "backup all-of-it covers notes  (entry.stay:24)"
says "Symbolic links and mounts are looked at when the plan runs"

say "a dump of all databases names those that it leaves out"
expect 0 "$backstay" explain dump.main@db01 "$source_dir/tests/golden/plan/ok-databases.stay"
says "every database that no service names (without scratch) and its accounts"

say "taken out, with the reason; brought back; an empty entry"
expect 0 "$backstay" explain /srv/cache/a/b entry.stay
says "/srv/cache/a/b is not selected"
says "except /srv/cache takes it out  (entry.stay:20)"
says 'because "made again"'
expect 0 "$backstay" explain //srv/./cache/kept/c entry.stay
says "/srv/cache/kept/c is selected"
says "keep /srv/cache/kept brings it back  (entry.stay:21)"
expect 0 "$backstay" explain /srv/cache entry.stay
says "kept as an empty entry"

say "held by nothing, above a component, of SQLite, of our own"
expect 0 "$backstay" explain /etc/passwd entry.stay
says "no \`path\` or \`sqlite\` of the policy holds it"
expect 0 "$backstay" explain / entry.stay
says "base.db: /var/base.sqlite"
expect 0 "$backstay" explain /var/base.sqlite-wal entry.stay
says "the copy of the database includes it"
expect 0 "$backstay" explain /srv/x.orig-20261122T023000Z-1a2b3c4d/y entry.stay
says "is not selected"
says "built-in rule"

say "--set reaches the explanation"
expect 0 "$backstay" explain /elsewhere/x entry.stay --set root=/elsewhere
says "/elsewhere/x is selected"

say "a step"
expect 0 "$backstay" explain archive.notes.data@here entry.stay
says "a step of the capture of backup all-of-it, on here"
says "archive /srv as notes.data"
says "path root as data  (entry.stay:19)"
says "follows:"
says "check@here"
says "is followed by:"
says "archive.base.base@here"
expect 0 "$backstay" explain files.notes.data@here entry.stay
says "a step of the restore"
expect 2 "$backstay" explain archive.note.data@here entry.stay
says "did you mean \`archive.notes.data@here\`?"

say "a schedule"
expect 0 "$backstay" explain nightly entry.stay
says "schedule nightly: every day at 02:30  (entry.stay:39)"
says "zone Europe/Berlin  (entry.stay:4)"
says "fri 2027-01-01 02:30  2027-01-01T01:30Z"
says "2027-03-28 02:30 does not exist: it fires at 2027-03-28 03:00, 2027-03-28T01:00Z"
says "2027-10-31 02:30 occurs twice: it fires the first time, 2027-10-31T00:30Z"
expect 0 "$backstay" explain nightly entry.stay --now 2028-01-01
says "sat 2028-01-01 02:30"
expect 2 "$backstay" explain nightly entry.stay --now tomorrow
says "is no day"
expect 2 "$backstay" explain nighty entry.stay
says "did you mean \`nightly\`?"

say "steps around the data, and paths that are copied besides a backup"
plans=$source_dir/tests/golden/plan
expect 0 "$backstay" explain start.broker@app01 "$plans/ok-hooks-and-units.stay"
says "it puts right what stop.broker@app01 did, and runs whenever that one began"
says "quiesce stop"
says "a step of the restore of backup all-of-it"
expect 0 "$backstay" explain before-backup.broker@app01 "$plans/ok-hooks-and-units.stay"
says 'before-backup ["broker", "flush"] timeout 5m'
expect 0 "$backstay" explain copy.far@app01 "$plans/ok-copies-and-keys.stay"
says "copy to far keep standard lag 2h"
expect 0 "$backstay" explain expect-file.1@app01 "$plans/ok-copies-and-keys.stay"
says "a step of the drill monthly"
says "expect file /etc/images/images.conf"
expect 0 "$backstay" explain /srv/images/a "$plans/ok-copies-and-keys.stay"
says "keeps one current copy of /srv/images in target far, without history"
expect 0 "$backstay" explain /etc/rings/object.ring.gz "$plans/ok-copies-and-keys.stay"
says "puts a copy of /etc/rings on the hosts of group rings after each backup"

say "codes as ever; a path needs a policy; a policy that does not compile"
expect 0 "$backstay" explain bst0301
expect 2 "$backstay" explain /srv
says "explained by a policy"
expect 2 "$backstay" explain /srv/../etc entry.stay
says "holds \`..\`"
echo 'nonsense {' >>entry.stay
expect 2 "$backstay" explain /srv entry.stay
