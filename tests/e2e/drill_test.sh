#!/usr/bin/env bash
# Drills of files and SQLite: what is proven and kept as evidence, what makes one fail, and that a drill
# leaves nothing running and nothing in the way however it ends. Servers: drill_servers_test.sh.
source "$(dirname "$0")/lib.sh"

make_quickstart
sandboxes=$scratch/sandboxes
mkdir -p "$sandboxes"
with_drill() { # FACT…: the plan with a drill that expects these
  {
    cat "$scratch/quickstart.stay.plain"
    printf 'schedule weekly {\n    every mon at 03:00\n    window 1h\n}\n'
    printf 'drill practice {\n    run weekly\n    restore all services from local into sandbox\n'
    printf '    %s\n' "$@"
    printf '}\nrequire all services {\n    rpo 26h\n    rto 4h\n    drill every 8d\n}\n'
  } >"$scratch/quickstart.stay"
  expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
}
cp "$scratch/quickstart.stay" "$scratch/quickstart.stay.plain"
sed -i "s|^backup notes {|&|" "$scratch/quickstart.stay.plain"

state() { "$backstay" list "$plan" --format json | jq -r '.snapshots[] | "\(.sequence) \(.state)"' | sort -n | tr '\n' ' '; }
newest() { "$backstay" list "$plan" --format json | jq -r '.snapshots | max_by(.sequence) | .id'; }
evidence() { ls "$scratch/store/records/$1"/drill-*.json 2>/dev/null | wc -l; }
nothing_left() {
  [ -z "$(ls -A "$sandboxes")" ] || die "$1: a sandbox is left: $(ls -AR "$sandboxes" | head -20)"
  [ -z "$(ls -A "$BACKSTAY_STATE_DIR/drills")" ] || die "$1: a note is left"
}

say "nothing to drill yet"
with_drill "expect file $scratch/etc/notes/notes.conf"
expect 1 "$backstay" drill "$plan" --into "$sandboxes/a"
says "no complete snapshot"

say "a drill proves the newest snapshot"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan"
says "never drilled"
before=$(fingerprint)
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a" --dry-run
says "ends the servers and removes the sandbox"
says "Nothing was changed"
[ "$(evidence "$(newest)")" = 0 ] || die "a dry run left evidence"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"
says ": drilled"
says "found    $scratch/etc/notes/notes.conf is there"
says "notes was back after"
says "\`rto 4h\` is promised"
nothing_left "a good drill"
[ "$(fingerprint)" = "$before" ] || die "the drill touched the service"
[ "$(state)" = "1 drilled " ] || die "list says $(state)"
record=$scratch/store/records/$(newest)/drill-1.json
[ "$(jq -r '"\(.status) \(.policy) \(.drill) \(.services[0].within_rto) \(.expectations[0].met) \(.failure)"' "$record")" = \
  "drilled quickstart practice true true null" ] || die "the evidence says $(cat "$record")"
[ "$(jq -r .snapshot.manifest_sha256 "$record")" = "$(sha256sum "$scratch/store/snapshots/$(newest)/manifest.json" | cut -d' ' -f1)" ] ||
  die "the evidence is of other bytes"
[ "$(stat -c %a "$record")" = 400 ] || die "evidence can be written to"
expect 0 "$backstay" status "$plan" --check
says "last drill"
says "drill practice"
expect 0 "$backstay" logs latest
says "drilled"

say "what is restored is what was backed up, and nothing left the sandbox"
# Everything but the sandbox, the state directory and the records is read-only for this one.
expect 0 unshare --mount --propagation private bash -c '
  set -e
  mkdir -p "$3"
  mount --bind "$3" "$3"
  mount --bind "$4" "$4"
  mount --bind "$5" "$5"
  mount -o remount,bind,ro /
  for at in $(awk -v keep="$3 $4 $5" '\''BEGIN { split(keep, k, " ") } { own = 0; for (i in k) if ($2 == k[i]) own = 1; if (!own && $2 !~ /^\/(proc|sys|dev)/) print $2 }'\'' /proc/mounts); do
    mount -o remount,bind,ro "$at" 2>/dev/null || true
  done
  ! touch /var/tmp/backstay-e2e-probe 2>/dev/null
  "$1" drill "$2" --into "$3" --keep' _ "$backstay" "$plan" "$sandboxes/kept" "$BACKSTAY_STATE_DIR" "$scratch/store/records"
says "The sandbox stays: $sandboxes/kept"
root=$sandboxes/kept/files/here
diff -r --no-dereference "$scratch/etc/notes" "$root$scratch/etc/notes" || die "the files differ"
dump() { sqlite3 "$1" .dump; }
[ "$(dump "$scratch/var/lib/notes-db/notes.sqlite" | wc -l)" -gt 10 ] || die "there is too little to compare"
[ "$(dump "$root$scratch/var/lib/notes-db/notes.sqlite")" = "$(dump "$scratch/var/lib/notes-db/notes.sqlite")" ] ||
  die "the database differs"

say "a kept sandbox is not taken for an empty one, nor for a dead one"
expect 7 "$backstay" drill "$plan" --into "$sandboxes/kept"
says "is not empty"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"
[ -d "$root" ] || die "another drill removed a kept sandbox"
expect 0 "$backstay" drill --cleanup
says "removed the sandbox"
rmdir "$sandboxes/kept" # it was given, so it stays, empty
nothing_left "a clean-up"

say "a directory with anything in it is refused and stays as it is"
mkdir "$sandboxes/full"
echo mine >"$sandboxes/full/file"
expect 7 "$backstay" drill "$plan" --into "$sandboxes/full"
says "is not empty"
[ "$(cat "$sandboxes/full/file")" = mine ] || die "it was touched"
rm -r "$sandboxes/full"
mkdir -m 0777 "$sandboxes/open"
expect 7 "$backstay" drill "$plan" --into "$sandboxes/open"
says "others may write"
rmdir "$sandboxes/open"
mkdir -m 0700 "$sandboxes/empty"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/empty"
[ -z "$(ls -A "$sandboxes/empty")" ] || die "the given directory is not empty again"
rmdir "$sandboxes/empty"

say "expectations that are not met"
with_drill "expect file $scratch/etc/notes/other.conf" 'expect run ["false"]' 'expect run ["true"]'
expect 5 "$backstay" drill "$plan" --into "$sandboxes/a"
says "NOT MET  $scratch/etc/notes/other.conf is not in the sandbox"
says "NOT MET  \`false\` ended with exit status 1"
says "found    \`true\` was accepted"
nothing_left "a failed drill"
[ "$(state)" = "1 drill-failed " ] || die "list says $(state)"
expect 6 "$backstay" status "$plan" --check
says "drill"
expect 0 "$backstay" status "$plan" --format json
jq -e '.backups[0].drill.failure | contains("other.conf")' <<<"$output" >/dev/null || die "the JSON does not say why"

say "a link in the sandbox does not lead out of it"
ln -s "$scratch/outside" "$scratch/etc/notes/link"
mkdir "$scratch/outside"
echo here >"$scratch/outside/file"
expect 0 "$backstay" run "$plan"
with_drill "expect file $scratch/etc/notes/link/file"
expect 5 "$backstay" drill "$plan" --into "$sandboxes/a"
rm "$scratch/etc/notes/link"

say "a command gets the sandbox's root, and nothing of ours"
mkdir "$scratch/programs"
cat >"$scratch/programs/look" <<'LOOK'
#!/bin/sh
[ -n "$BACKSTAY_SANDBOX_ROOT" ] && [ -d "$BACKSTAY_SANDBOX_ROOT/var" ] && [ -z "$SECRET" ]
LOOK
chmod 0755 "$scratch/programs/look"
export BACKSTAY_TEST_PROGRAMS=$scratch/programs SECRET=canary
with_drill 'expect run ["look"]'
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"

say "an older snapshot, by its name"
first=$("$backstay" list "$plan" --format json | jq -r '.snapshots | min_by(.sequence) | .id')
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a" --snapshot "$first"
says "snapshot $first: drilled"

say "--if-due: once for each time that the schedule fires"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a" --if-due
says "not due: drill practice succeeded"

say "a damaged snapshot: the drill fails, the newest drilled point does not move"
proven=$(newest)
echo "another note" >"$scratch/etc/notes/more"
expect 0 "$backstay" run "$plan"
part=$(ls -S "$scratch/store/snapshots/$(newest)/data/notes.etc/"*.tar.zst | head -1)
chmod u+w "$part"
printf 'x' | dd of="$part" bs=1 seek=20 conv=notrunc status=none
expect 5 "$backstay" drill "$plan" --into "$sandboxes/a"
says "damaged"
nothing_left "a drill of a damaged snapshot"
[ "$("$backstay" status "$plan" --format json | jq -r '.backups[0].drill.proven.snapshot')" = "$proven" ] ||
  die "the newest drilled point moved: $("$backstay" status "$plan" --format json)"
rm -rf "$scratch/store.damaged"
expect 0 "$backstay" run "$plan" --rehash
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"

say "a drill while a run holds the lock goes on; nobody waits for it either"
exec 7>>"$scratch/store/locks/quickstart@here"
flock 7
expect 11 "$backstay" run "$plan"
expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"
exec 7>&-

say "a partial snapshot is refused"
mv "$scratch/etc" "$scratch/etc.away"
expect 3 "$backstay" run "$plan"
mv "$scratch/etc.away" "$scratch/etc"
expect 7 "$backstay" drill "$plan" --into "$sandboxes/a" --snapshot "$(newest)"
says "is partial"
expect 0 "$backstay" run "$plan"

say "a sandbox without room"
mkdir "$sandboxes/small"
mount -t tmpfs -o size=64k,mode=0700 tmpfs "$sandboxes/small"
expect 1 "$backstay" drill "$plan" --into "$sandboxes/small" --dry-run
says "are free"
expect 5 "$backstay" drill "$plan" --into "$sandboxes/small"
says "are free"
[ -z "$(ls -A "$sandboxes/small")" ] || die "something is left in it"
umount "$sandboxes/small"
rmdir "$sandboxes/small"

say "a signal: undone, exit 143"
cat >"$scratch/programs/look" <<LOOK
#!/bin/sh
touch $scratch/looking
sleep 60
LOOK
count=$(evidence "$(newest)")
"$backstay" drill "$plan" --into "$sandboxes/a" >"$scratch/log" 2>&1 &
drill=$!
wait_for "the drill to look" test -e "$scratch/looking"
kill -TERM "$drill"
code=0
wait "$drill" || code=$?
[ "$code" = 143 ] || die "exit $code after SIGTERM: $(cat "$scratch/log")"
nothing_left "an interrupted drill"
[ "$(evidence "$(newest)")" = "$count" ] || die "an interrupted drill left evidence"
printf '#!/bin/sh\nexit 0\n' >"$scratch/programs/look"

say "killed at every failpoint: the next drill succeeds and nothing is left"
BACKSTAY_FAILPOINT_LOG=$scratch/points expect 0 "$backstay" drill "$plan" --into "$sandboxes/a"
mapfile -t points < <(sort "$scratch/points" | uniq -c | awk '{ print $2 ":" $1 }')
[ "${#points[@]}" -ge 8 ] || die "only ${#points[@]} failpoints were passed: is this a test build?"
visited=0
for point in "${points[@]}"; do
  for nth in $(printf '%s\n' 1 "${point#*:}" | sort -nu); do
    code=0
    { BACKSTAY_FAILPOINT=${point%:*}:$nth:kill "$backstay" drill "$plan" --into "$sandboxes/b"; } >/dev/null 2>&1 || code=$?
    if [ "$code" = 0 ] && [ "$nth" != 1 ]; then continue; fi
    [ "$code" = 137 ] || die "$point did not kill the drill (exit $code)"
    visited=$((visited + 1))
    expect 0 "$backstay" drill "$plan" --into "$sandboxes/b"
    nothing_left "after a kill at ${point%:*}:$nth"
  done
done
say "killed at $visited places of ${#points[@]} failpoints"
[ "$(fingerprint)" = "$("$source_dir/examples/01-quickstart/fingerprint" "$scratch")" ]
