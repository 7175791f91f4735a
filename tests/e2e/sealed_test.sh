#!/usr/bin/env bash
# A sealed target and a sealed copy: nothing in them can be read without an identity, not even by the host
# that wrote them; with one, and by hand with age alone, all comes back.
source "$(dirname "$0")/lib.sh"

seal_policy() { # RECIPIENT RECIPIENT: the quick start, sealed, with a sealed copy of a plain second directory
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
    -e "s|^retention|site safe\n\nkey vault {\n    recipient \"$1\"\n    recipient \"$2\" escrow \"envelope 7\" at safe\n    identity opener\n}\n\nsecret opener {\n    file $scratch/removed-key.txt\n}\n\n&|" \
    -e "s|^    media disk|&\n    seal vault|" \
    "$source_dir/examples/01-quickstart/quickstart.stay"
}

"$source_dir/examples/01-quickstart/make-service" "$scratch"
for name in operations escrow stranger; do age-keygen -o "$scratch/$name.txt" 2>/dev/null; done
operations=$(age-keygen -y "$scratch/operations.txt")
escrow=$(age-keygen -y "$scratch/escrow.txt")
seal_policy "$operations" "$escrow" >"$scratch/sealed.stay"
plan=$scratch/sealed.plan.yaml
"$backstay" -q plan "$scratch/sealed.stay" -o "$plan"
"$backstay" -q store init "$plan"
fingerprint >"$scratch/before"

say "a dry run shows to whom it is sealed"
expect 0 "$backstay" run "$plan" --dry-run
says "sealed with key vault"
says "$operations"
says "$escrow"

say "without age nothing begins"
mkdir "$scratch/programs"
printf '#!/bin/sh\necho "age: error: broken" >&2\nexit 1\n' >"$scratch/programs/age"
chmod 0755 "$scratch/programs/age"
expect 1 env BACKSTAY_TEST_PROGRAMS="$scratch/programs" "$backstay" run "$plan"
says "broken"
[ -z "$(ls "$scratch/store/snapshots" "$scratch/store/staging" | grep -v :)" ] || die "something was begun"
expect 69 unshare -m sh -c 'mount --bind /dev/null /usr/bin/age && "$0" run "$1"' "$backstay" "$plan"
says "install it: \`apt-get install age\`"
expect 69 unshare -m sh -c 'mount --bind /dev/null /usr/bin/age && "$0" run "$1" --dry-run' "$backstay" "$plan"

say "a run seals all but papers that say nothing"
expect 0 "$backstay" run "$plan"
first=$(ls "$scratch/store/snapshots")
at=$scratch/store/snapshots/$first
for file in $(find "$at" -type f ! -name '*.age' -printf '%P\n' | sort); do
  case $file in RESTORE.txt | SHA256SUMS | manifest.json) ;; *) die "$file is in the clear" ;; esac
done
for word in uploads thumbnails notes.conf "$scratch/etc" 'AGE-SECRET'; do
  if grep -rq -- "$word" "$scratch/store"; then die "the store says '$word'"; fi
done
if grep -rq AGE-SECRET "$scratch/state" "$scratch/config" "$plan"; then die "an identity was kept"; fi
(cd "$at" && sha256sum --quiet -c SHA256SUMS)
expect 0 "$backstay" list "$plan"
says "sealed"
expect 0 "$backstay" status "$plan"
says "sealed with key vault"

say "without an identity: level 1, and what was not proven"
expect 0 "$backstay" verify "$plan" latest
expect 3 "$backstay" verify "$plan" latest --level 2
says "intact at level 1"
says "NOT PROVEN at level 2"
expect 0 "$backstay" store check "$plan"
expect 3 "$backstay" store check "$plan" --level 2
says "NOT PROVEN at level 2"
says "$escrow"
for verb in ls changes restore; do
  case $verb in
    restore) set -- restore "$plan" --to "$scratch/to" ;;
    *) set -- $verb "$plan" ;;
  esac
  [ "$verb" = changes ] && "$backstay" -q run "$plan"
  expect 12 "$backstay" "$@"
  says "$operations"
  expect 12 "$backstay" "$@" --identity "$scratch/stranger.txt"
  says "does not open"
  expect 12 "$backstay" "$@" --identity "$scratch/absent.txt"
done
chmod 0644 "$scratch/stranger.txt"
expect 12 "$backstay" ls "$plan" --identity "$scratch/stranger.txt"
says "open to all users"

say "with one: everything"
expect 0 "$backstay" verify "$plan" latest --level 2 --identity "$scratch/escrow.txt"
says "intact at level 2"
expect 0 "$backstay" store check "$plan" --level 2 --identity "$scratch/escrow.txt"
says ", intact;"
expect 0 "$backstay" ls "$plan" latest --identity "$scratch/operations.txt"
says "notes.conf"
echo changed >>"$scratch/etc/notes/notes.conf"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" changes "$plan" --identity "$scratch/operations.txt"
says "~ notes.etc  $scratch/etc/notes/notes.conf"
linked=$(find "$scratch/store/snapshots" -type f -links +1 | wc -l)
[ "$linked" -gt 0 ] || die "nothing was linked"

say "a catalogue made anew knows as much as is in the clear, and versions with an identity"
versions() { "$backstay" catalogue snapshots -f json | jq -r '[.snapshots[].components[].tool_version] | unique | join("")'; }
expect 0 "$backstay" catalogue rebuild "$plan"
[ -z "$(versions)" ] || die "the seal leaks: $(versions)"
expect 0 "$backstay" catalogue rebuild "$plan" --identity "$scratch/escrow.txt"
[[ $(versions) == SQLite* ]] || die "no versions: $(versions)"

say "the identity that the plan names is taken where it is"
cp "$scratch/operations.txt" "$scratch/removed-key.txt"
expect 0 "$backstay" restore "$plan" --snapshot "$first" --path "$scratch/etc/notes/notes.conf" --to "$scratch/one"
cmp "$scratch/one$scratch/etc/notes/notes.conf" <(head -c -8 "$scratch/etc/notes/notes.conf") || die "another file came back"

say "status and doctor try it: one that opens nothing is a lost backup, not a good one"
expect 0 "$backstay" status "$plan"
says_not "opens nothing"
"$backstay" doctor "$plan" >"$scratch/out" 2>&1 || true
grep -q "the identity opens what is sealed to $operations" "$scratch/out" || die "the doctor did not try it: $(cat "$scratch/out")"
cp "$scratch/stranger.txt" "$scratch/removed-key.txt"
chmod 0600 "$scratch/removed-key.txt"
expect 6 "$backstay" status "$plan" --check
says "opens nothing of the newest point at local"
"$backstay" doctor "$plan" >"$scratch/out" 2>&1 || true
grep -q "opens what is sealed to none of its recipients" "$scratch/out" || die "the doctor says nothing: $(cat "$scratch/out")"
rm "$scratch/removed-key.txt"
expect 0 "$backstay" status "$plan"
says_not "opens nothing"

say "by hand, with age, zstd, tar, dd and sha256sum"
(cd "$at" && ROOT=$scratch/by-hand IDENTITY=$scratch/escrow.txt sh RESTORE.txt) >"$scratch/log" 2>&1 ||
  die "RESTORE.txt failed: $(cat "$scratch/log")"
grep -q "then, with its users stopped: install" "$scratch/log" || die "it does not say what is left to do"
[ "$(sqlite3 "$scratch/by-hand/backstay-streams/notes.db.database.sqlite" 'SELECT count(*) FROM note')" = \
  "$(sqlite3 "$scratch/var/lib/notes-db/notes.sqlite" 'SELECT count(*) FROM note')" ] || die "rows are missing"
diff <(cd "$scratch/by-hand$scratch/var/lib/notes" && find . | sort) \
  <(cd "$scratch/var/lib/notes" && find . -name thumbnails -printf '%p\n' -prune -o ! -type s -print | sort) ||
  die "by hand something else came back"
if (cd "$at" && ROOT=$scratch/by-hand-2 IDENTITY=$scratch/stranger.txt sh RESTORE.txt) >/dev/null 2>&1; then
  die "a stranger's identity opened it"
fi

say "everything is lost but the sealed store: all comes back from it"
rm -rf "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" restore "$scratch/store" --snapshot "$first" --in-place --yes --identity "$scratch/operations.txt"
fingerprint | diff "$scratch/before" - || die "the service is not what it was"

say "a sealed copy of a plain store"
rm -rf "$scratch/state" "$scratch/config"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store"
seal_policy "$operations" "$escrow" |
  sed -e '/^    seal vault/d' \
    -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n    seal vault\n    deletable-by admin\n}\n\n&|" \
    -e "s|^    to local keep standard|&\n    copy to second keep standard|" >"$scratch/copied.stay"
plan=$scratch/copied.plan.yaml
"$backstay" -q plan "$scratch/copied.stay" -o "$plan"
"$backstay" -q store init "$plan"
expect 0 "$backstay" run "$plan" --dry-run
says "sealed with key vault"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" run "$plan"
newest=$(ls "$scratch/second/snapshots" | tail -1)
[ "$(find "$scratch/second/snapshots/$newest/data" -type f -links +1 | wc -l)" -gt 0 ] || die "nothing was linked"
[ -z "$(find "$scratch/second/snapshots/$newest/data" -type f ! -name '*.age')" ] || die "something is in the clear"
if grep -rq notes.conf "$scratch/second"; then die "the copy says names"; fi
expect 0 "$backstay" verify "$plan" latest --level 2
expect 0 "$backstay" verify "$scratch/second" --level 2 --identity "$scratch/escrow.txt"
expect 3 "$backstay" verify "$scratch/second" --level 2

say "killed in the copy: nothing half-done is visible, the next run copies its own"
for point in copy-snapshot.file:3 copy-snapshot.rename:1 seal.begin:4; do
  before=$(ls "$scratch/second/snapshots" | wc -l)
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" run "$plan"; } >/dev/null 2>&1 || true
  [ "$(ls "$scratch/second/snapshots" | wc -l)" = "$before" ] || die "a copy that was cut short is visible"
  expect 0 "$backstay" run "$plan"
done
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
newest=$(ls "$scratch/second/snapshots" | tail -1)
(cd "$scratch/second/snapshots/$newest" && ROOT=$scratch/by-hand-3 IDENTITY=$scratch/operations.txt sh RESTORE.txt) \
  >"$scratch/log" 2>&1 || die "RESTORE.txt of the copy failed: $(cat "$scratch/log")"
expect 0 "$backstay" restore "$scratch/second" --in-place --yes --identity "$scratch/operations.txt"
fingerprint | diff "$scratch/before" - || die "the service is not what it was"
if grep -rq notes.conf "$scratch/second"; then die "what was kept aside is in the clear in the sealed copy"; fi
diff <(cd "$scratch/by-hand-3$scratch/etc/notes" && find . -type f -exec sha256sum {} + | sort) \
  <(cd "$scratch/etc/notes" && find . -type f -exec sha256sum {} + | sort) || die "by hand other bytes came back"
