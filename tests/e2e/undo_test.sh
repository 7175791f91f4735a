#!/usr/bin/env bash
# A restore in place has a way back: killed at every failpoint it is gone on with or taken back, and
# in both cases every byte and row is accounted for; `--undo` and `--commit` do what they say, may be
# killed and repeated, and touch nothing else.
source "$(dirname "$0")/lib.sh"

make_quickstart
etc=$scratch/etc/notes
state=$scratch/var/lib/notes
db=$scratch/var/lib/notes-db/notes.sqlite
expect 0 "$backstay" run "$plan"
fingerprint >"$scratch/good"

# What the service has become: files changed, gone, new, of another kind, and rows lost.
echo broken >"$etc/notes.conf"
echo newer >"$etc/conf.d/newer.conf"
chmod 0700 "$etc/conf.d"
rm "$state/uploads/2026/note-7.md" "$state/notify.fifo"
echo changed >"$state/uploads/2026/note-8.md"
mkdir "$state/notify.fifo"
echo inside >"$state/notify.fifo/file"
mkdir "$state/uploads/later"
echo later >"$state/uploads/later/file"
chmod 0777 "$state/uploads/2026"
sqlite3 "$db" 'DELETE FROM note WHERE id > 10; CREATE TABLE junk (x)'
fingerprint >"$scratch/bad"
mkdir "$scratch/became"
cp -a "$scratch/etc" "$scratch/var" "$scratch/became/"

become_bad() { # the service as it was before the restore, no record of one
  rm -rf "$scratch/etc" "$scratch/var" "$scratch/state/restores"
  cp -a "$scratch/became/etc" "$scratch/became/var" "$scratch/"
}
restore() { "$backstay" restore "$plan" --snapshot 1 --in-place --yes --without-keep-current all "$@"; }
is() { fingerprint | diff "$scratch/$1" - | cut -c1-200 || die "$2"; }
undo_all() { # what was killed behind its end was whole, and its repetition is a restore of its own
  local id
  for id in $("$backstay" logs -f json | jq -r '.restores[].restore'); do
    expect 0 "$backstay" restore --undo "$id"
  done
}
leaves_nothing() {
  local found
  found=$(find "$scratch/etc" "$scratch/var" -name '*.orig-*' -o -name '.backstay-*' -o -name '*.backstay-new-*')
  [ -z "$found" ] || die "$1 left: $found"
}

say "a dry run counts the tables and rows of a SQLite file, now and then, and makes nothing beside it"
expect 0 "$backstay" restore "$plan" --in-place --dry-run
says "database $db on this host now: 3 tables, 13 rows, "
says "not in the snapshot: junk; all that is there goes to $db.orig-"
says "SQLite file $db, 2 tables, 2003 rows, "
is_as_before=$(ls "$(dirname "$db")")
[ "$is_as_before" = notes.sqlite ] || die "something lies beside the file: $is_as_before"
"$backstay" restore "$plan" --in-place --dry-run -f json >"$scratch/preview.json"
jq -e --arg db "$db" '[.steps[].lines[].facts // empty | select(.database == $db)][0] | .now.rows == 13 and .then.rows == 2003 and .tables_removed == ["junk"]' \
  "$scratch/preview.json" >/dev/null || die "the preview lacks the rows: $(jq -c '[.steps[].lines[].facts // empty]' "$scratch/preview.json")"

say "a restore says how to put back and how to remove what it set aside"
expect 0 "$backstay" restore "$plan" --in-place --yes
says "backstay restore --undo 20"
says "backstay restore --commit 20"
says "Kept first, as a snapshot:"
is good "the restore did not bring the service back"
id=$(sed -n 's/.*--undo //p' <<<"$output")
[ "$("$backstay" list "$plan" --format json | jq -r '[.snapshots[].state] | sort | join(" ")')" = "complete keep-current" ] ||
  die "what was kept first is not listed as such"
expect 0 "$backstay" status "$plan"
says "neither committed nor undone"
says "backstay restore --undo $id"
expect 0 "$backstay" logs
says "backstay restore --commit $id"

say "a dry run of either says what it would do, and does nothing"
expect 0 "$backstay" restore --undo "$id" --dry-run
says "would take back: "
says "$etc"
expect 0 "$backstay" restore --commit "$id" --dry-run
says "would remove: "
says "$etc.orig-$id"
is good "a dry run of the way back changed the service"
expect 0 "$backstay" prune "$plan" --dry-run
says "kept before a restore"
says "restore $id is neither committed nor undone"
expect 0 "$backstay" status "$plan"
says "neither committed nor undone"

say "undone, all is as it was before, and what is left out was never touched"
expect 0 "$backstay" restore --undo "$id"
is bad "the undo did not put back what was there"
leaves_nothing "the undo"
expect 0 "$backstay" restore --undo "$id"
says "nothing to do"
expect 7 "$backstay" restore --commit "$id"
says "was undone"
expect 0 "$backstay" status "$plan"
says_not "neither committed"

say "what was kept first can be restored from, and is never the latest"
expect 0 "$backstay" restore "$plan" --in-place --yes
is good "latest is not the backup"
kept=$("$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.state == "keep-current")] | max_by(.id) | .id')
expect 0 "$backstay" restore --commit latest
leaves_nothing "the commit"
is good "the commit touched the service"
expect 7 "$backstay" restore --undo latest
says "was committed"
says "$kept"
expect 0 "$backstay" restore "$plan" --in-place --yes --snapshot "$kept"
[ "$(cat "$etc/conf.d/newer.conf")" = newer ] || die "what was kept first did not come back"
[ "$(sqlite3 "$db" 'SELECT count(*) FROM note')" = 10 ] || die "the rows that were kept first did not come back"
expect 0 "$backstay" restore --undo latest
is good "the undo of that restore did not put back"

say "while a restore is not complete no backup runs and no other restore begins"
become_bad
{ BACKSTAY_FAILPOINT=restore.exchanged:1:kill restore; } >/dev/null 2>&1 || true
expect 7 "$backstay" run "$plan"
says "is not complete"
says "--undo"
expect 7 "$backstay" restore "$plan" --component notes.db --in-place --yes
says "is not complete"
expect 0 "$backstay" status "$plan"
says "RESTORE INCOMPLETE"
expect 6 "$backstay" status "$plan" --check
expect 0 restore
expect 0 "$backstay" restore --commit latest
expect 0 "$backstay" run "$plan"

say "killed anywhere, and gone on with"
become_bad
BACKSTAY_FAILPOINT_LOG=$scratch/points restore >/dev/null 2>&1
mapfile -t points < <(grep -v '^store\.\|^journal\.\|^fs\.' "$scratch/points" | sort | uniq -c | awk '{ print $2 ":" $1 }')
[ "${#points[@]}" -ge 12 ] || die "only ${#points[@]} failpoints were passed: is this a test build?"
visits() { # every place: the first time, the middle and the last
  local point count
  for point in "${points[@]}"; do
    count=${point#*:}
    printf "${point%:*}:%s\n" 1 $(((count + 1) / 2)) "$count" | sort -u
  done
}
visited=0
for visit in $(visits); do
  become_bad
  code=0
  { BACKSTAY_FAILPOINT=$visit:kill restore; } >/dev/null 2>&1 || code=$?
  if [ "$code" = 0 ]; then continue; fi # how often a place is passed may differ
  [ "$code" = 137 ] || die "$visit did not kill the restore (exit $code)"
  visited=$((visited + 1))
  expect 0 restore
  is good "killed at $visit and repeated, the service is not what the backup holds"
  undo_all
  is bad "killed at $visit, repeated and undone, the service is not what it was"
  leaves_nothing "killed at $visit, repeated and undone, the restore"
done
say "gone on with after $visited kills"

say "killed anywhere, and taken back"
for visit in $(visits); do
  become_bad
  code=0
  { BACKSTAY_FAILPOINT=$visit:kill restore; } >/dev/null 2>&1 || code=$?
  if [ "$code" = 0 ]; then continue; fi
  code=0
  output=$("$backstay" restore --undo latest 2>&1) || code=$?
  # Killed before the record was begun: there is no restore, and nothing was changed.
  [ "$code" = 0 ] || [[ $output == *"has no restore"* ]] || die "$visit: the undo failed: $output"
  is bad "killed at $visit and undone, the service is not what it was"
  [ "$code" != 0 ] || leaves_nothing "killed at $visit and undone, the restore"
done

say "an undo and a commit killed anywhere, and repeated"
for way in undo commit; do
  become_bad
  expect 0 restore
  rm -f "$scratch/points"
  BACKSTAY_FAILPOINT_LOG=$scratch/points "$backstay" restore --$way latest >/dev/null 2>&1
  mapfile -t points < <(grep -v '^store\.\|^journal\.\|^fs\.' "$scratch/points" | sort | uniq -c | awk '{ print $2 ":" $1 }')
  [ "${#points[@]}" -ge 3 ] || die "only ${#points[@]} failpoints in $way"
  for visit in $(visits); do
    become_bad
    expect 0 restore
    code=0
    { BACKSTAY_FAILPOINT=$visit:kill "$backstay" restore --$way latest; } >/dev/null 2>&1 || code=$?
    [ "$code" = 137 ] || die "$visit did not kill the $way (exit $code)"
    expect 0 "$backstay" restore --$way latest
    if [ "$way" = undo ]; then is bad "the undo was killed at $visit"; else is good "the commit was killed at $visit"; fi
    leaves_nothing "the $way that was killed at $visit and repeated"
  done
done

say "what is mounted in what would go is never crossed"
become_bad
expect 0 restore
mkdir "$etc/conf.d/mounted"
mount -t tmpfs tmpfs "$etc/conf.d/mounted"
echo precious >"$etc/conf.d/mounted/file"
expect 3 "$backstay" restore --undo latest
says "mounted"
[ "$(cat "$etc/conf.d/mounted/file")" = precious ] || die "a mount was crossed"
umount "$etc/conf.d/mounted"
expect 0 "$backstay" restore --undo latest
is bad "the undo did not put back what was there"

say "a blank machine: the undo takes away what came, and nothing else"
become_bad
rm -rf "$etc" "$state" "$scratch/var/lib/notes-db"
mkdir -p "$scratch/var/lib/notes-db"
echo mine >"$scratch/etc/mine"
expect 0 "$backstay" restore "$plan" --snapshot 1
echo photo >"$state/thumbnails/made-since"
expect 3 "$backstay" restore --undo latest
says "made-since"
says "leaves out"
[ "$(cat "$state/thumbnails/made-since")" = photo ] || die "the undo took what the policy leaves out"
rm "$state/thumbnails/made-since"
expect 0 "$backstay" restore --undo latest
[ ! -e "$etc" ] && [ ! -e "$state" ] && [ ! -e "$db" ] || die "the undo left something of the restore"
[ "$(cat "$scratch/etc/mine")" = mine ] || die "the undo took what was not its own"
