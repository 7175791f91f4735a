#!/usr/bin/env bash
# Restores of a part, beside and in place, from a plan and from the store alone: what was asked for
# comes back, its neighbours stay, and what was there is set aside.
source "$(dirname "$0")/lib.sh"

make_quickstart
fingerprint >"$scratch/before"
expect 0 "$backstay" run "$plan"
etc=$scratch/etc/notes
state=$scratch/var/lib/notes
db=$scratch/var/lib/notes-db/notes.sqlite

say "beside: everything, without touching what is there"
expect 0 "$backstay" restore "$plan" --to "$scratch/beside"
fingerprint | diff "$scratch/before" - || die "a restore beside changed the service"
for part in etc/notes var/lib/notes/uploads; do
  diff -r --no-dereference "$scratch/$part" "$scratch/beside$scratch/$part" || die "$part differs beside"
done
[ "$(sqlite3 "$scratch/beside$db" 'SELECT count(*) FROM note')" = 2000 ] || die "rows are missing beside"
[ -z "$(ls -A "$scratch/beside$state/thumbnails")" ] || die "what was left out is in the copy beside"

say "one file in place: its neighbours stay as they are now"
cp -a "$etc/notes.conf" "$scratch/good.conf"
echo broken >"$etc/notes.conf"
echo newer >"$etc/conf.d/newer.conf"
expect 0 "$backstay" restore "$plan" --path "$etc/notes.conf" --in-place --yes
cmp "$etc/notes.conf" "$scratch/good.conf" || die "the file did not come back"
[ "$(cat "$etc/conf.d/newer.conf")" = newer ] || die "a neighbour was touched"
grep -rqx broken "$scratch/etc" || die "the broken file was not set aside"

say "a whole tree in place: what is newer is set aside, not deleted"
expect 0 "$backstay" restore "$plan" --component notes.etc --in-place --yes
[ ! -e "$etc/conf.d/newer.conf" ] || die "a file that the snapshot does not hold is still there"
grep -rqx newer "$scratch/etc" || die "a file that the snapshot does not hold was deleted"

say "a tree with something left out inside: that stays where it is, to the inode"
inode=$(stat -c %i "$state/thumbnails/photo.png")
echo later >"$state/thumbnails/later"
echo changed >"$state/uploads/-rf"
rm "$state/uploads/2026/note-7.md"
expect 0 "$backstay" restore "$plan" --component notes.state --in-place --yes
[ "$(stat -c %i "$state/thumbnails/photo.png")" = "$inode" ] || die "what is left out was moved or copied"
[ "$(cat "$state/thumbnails/later")" = later ] || die "a file in what is left out was touched"
rm "$state/thumbnails/later"
touch -d @"$(awk '/ var\/lib\/notes\/thumbnails$/ { print $4 }' "$scratch/before")" "$state/thumbnails"

say "the database in place: the old one is kept, no journal of it stays beside the new one"
sqlite3 "$db" 'DELETE FROM note WHERE id > 10; CREATE TABLE junk (x)'
expect 0 "$backstay" restore "$plan" --component notes.db --in-place --yes
[ "$(sqlite3 "$db" 'SELECT count(*) FROM note')" = 2000 ] || die "rows are missing"

say "everything is as it was when the backup was made"
fingerprint | diff "$scratch/before" - || die "the service is not what it was"

say "a restore into a place that exists changes nothing without --in-place"
code=0
output=$("$backstay" restore "$plan" 2>&1) || code=$?
[ "$code" != 0 ] || die "a restore over what exists succeeded without --in-place"
says "--in-place"
expect 2 "$backstay" restore "$plan" --in-place
says "--yes"
fingerprint | diff "$scratch/before" - || die "a refused restore changed the service"

say "the machine is gone: the store alone is enough, read-only"
rm -rf "$scratch/config" "$scratch/state" "$plan" "$etc" "$state/uploads" "$db"
expect 0 "$backstay" list "$scratch/store"
expect 0 "$backstay" verify "$scratch/store" latest --level 2
expect 0 "$backstay" restore "$scratch/store" --in-place --yes --dry-run
expect 0 "$backstay" restore "$scratch/store" --in-place --yes
touch -d @"$(awk '/ var\/lib\/notes\/thumbnails$/ { print $4 }' "$scratch/before")" "$state/thumbnails"
fingerprint | diff "$scratch/before" - || die "the store alone was not enough"
