#!/usr/bin/env bash
# Bad input and faults: each a clear error with its exit code; nothing lost, nothing claimed.
source "$(dirname "$0")/lib.sh"

make_quickstart
fingerprint >"$scratch/before"

say "no verb, an unknown verb, an unknown option, a missing argument: usage"
expect 2 "$backstay"
expect 2 "$backstay" chekc
says "did you mean \`check\`?"
expect 2 "$backstay" check --deny-warnings "$scratch/quickstart.stay"
says "unknown option"
expect 2 "$backstay" run "$plan" --dry-runn
says "did you mean \`--dry-run\`?"
expect 2 "$backstay" plan
expect 0 "$backstay" --help
expect 0 "$backstay" restore --help
says "text, json (the outcome)"
for verb in check fmt explain plan show simulate test diff graph store run restore list ls verify; do
  "$backstay" "$verb" --help | LC_ALL=C grep -qP '[^\x20-\x7e\t]' && die "the help of $verb holds odd bytes"
done

say "an empty word is a variable that is not set, not an option that is left out"
expect 2 "$backstay" restore "$plan" --in-place --yes --database ""
says "\`--database\` is given an empty value"
expect 2 "$backstay" prune "$plan" --bring-back ""
expect 2 "$backstay" verify "$plan" ""
says "an argument is empty"
expect 2 "$backstay" plan "$scratch/quickstart.stay" -o ""

say "an option twice, without its value, without the one that it goes with"
expect 2 "$backstay" plan "$scratch/quickstart.stay" -o "$scratch/a" -o "$scratch/b"
says "\`--output\` is given more than once"
expect 2 "$backstay" restore "$plan" --to
says "\`--to\` lacks its value"
expect 2 "$backstay" run "$plan" --elsewhere -
says "requires --phase"
expect 2 "$backstay" run "$plan" --longest-wait soon
[ -z "$(ls "$scratch/store/snapshots")" ] || die "a refused call backed up"

say "what cannot be written is no success, and is named"
for verb in --help --version; do
  code=0
  "$backstay" $verb >/dev/full 2>"$scratch/messages" || code=$?
  [ "$code" = 1 ] || die "$verb on a full device ended with $code"
done
expect 1 "$backstay" plan "$scratch/quickstart.stay" -o "$scratch/nowhere/x.plan.yaml"
says "there is no directory \`$scratch/nowhere\`"
says_not ".new-"

say "a plan is shown for hosts that it has, in the forms that there are"
expect 2 "$backstay" plan "$scratch/quickstart.stay" --host heer
says "did you mean \`here\`?"
expect 2 "$backstay" show "$plan" --host ctl09
says "no host \`ctl09\`"
expect 2 "$backstay" plan "$scratch/quickstart.stay" --format json
expect 2 "$backstay" plan "$scratch/quickstart.stay" --format md
says "not printed as md"
expect 2 "$backstay" plan "$scratch/quickstart.stay" --against "$plan" --format yaml
expect 0 "$backstay" plan "$scratch/quickstart.stay" --host here
expect 0 "$backstay" plan "$scratch/quickstart.stay" --against "$plan" --format json

say "a plan is no policy"
expect 2 "$backstay" check "$plan"
says "is a compiled plan; this verb takes a policy"
[ "$(wc -l <<<"$output")" -le 3 ] || die "a plan is told as many mistakes: $output"

say "a syntactically broken policy gets every mistake in one run"
cat >"$scratch/broken.stay" <<'STAY'
language 1
policy broken

zone "UTC

host here {
    at dc1;;
}

service a {
    on here
    path /etc/../root
    except /etc/x because "a\qb"
    size 20GB
    units nova-api,, nova-conductor
}
}
STAY
expect 2 "$backstay" check "$scratch/broken.stay"
for line in 4 12 13 14 15 17; do
  says "broken.stay:$line:"
done
expect 2 "$backstay" plan "$scratch/broken.stay"
expect 2 "$backstay" fmt "$scratch/broken.stay"
expect 2 "$backstay" check --format json "$scratch/broken.stay"
jq -e '.schema_version == 1 and (.findings | length) >= 6' <<<"$output" >/dev/null || die "the JSON is not as documented"

say "names and types that are wrong, all in one run"
sed 's|on here$|on heer|; s|daily 7|dayly 7|; s|window 15m|window soon|' "$scratch/quickstart.stay" >"$scratch/names.stay"
expect 2 "$backstay" check "$scratch/names.stay"
says "did you mean \`here\`?"
says "did you mean \`daily\`?"
says "4 errors"
expect 1 "$backstay" check "$scratch/not-there.stay"
expect 1 "$backstay" run "$scratch/not-there.plan.yaml"
says "help: look at the spelling of the path"
expect 2 "$backstay" explain BST9999
expect 0 "$backstay" explain BST0701

say "a plan that was edited, of a newer schema, cut short, or none at all"
sed 's|/etc/notes|/etc/other|' "$plan" >"$scratch/edited.yaml"
expect 7 "$backstay" run "$scratch/edited.yaml"
says "was changed after it was compiled"
sed 's|^plan: 1|plan: 2|' "$plan" >"$scratch/newer.yaml"
expect 7 "$backstay" run "$scratch/newer.yaml"
head -c 500 "$plan" >"$scratch/short.yaml"
expect 7 "$backstay" run "$scratch/short.yaml"
echo 'hello: world' >"$scratch/foreign.yaml"
expect 2 "$backstay" show "$scratch/foreign.yaml"
says "is not a Backstay plan"
expect 2 "$backstay" run "$scratch/quickstart.stay"
says "is a policy"

say "a missing store, an unregistered one, a foreign or newer one"
mv "$scratch/store" "$scratch/store.away"
mkdir "$scratch/store"
expect 7 "$backstay" run "$plan"
says "store init"
rmdir "$scratch/store"
mv "$scratch/store.away" "$scratch/store"
mv "$scratch/config" "$scratch/config.away"
expect 7 "$backstay" run "$plan"
mv "$scratch/config.away" "$scratch/config"
cp "$scratch/store/FORMAT" "$scratch/FORMAT"
chmod u+w "$scratch/store/FORMAT"
sed 's/backstay-store 1/backstay-store 2/' "$scratch/FORMAT" >"$scratch/store/FORMAT"
expect 2 "$backstay" run "$plan"
expect 2 "$backstay" list "$plan"
echo nonsense >"$scratch/store/FORMAT"
expect 2 "$backstay" list "$plan"
cp "$scratch/FORMAT" "$scratch/store/FORMAT"
expect 0 "$backstay" list "$plan"

say "a missing path: the rest is kept as partial, and is never latest"
mv "$scratch/etc/notes" "$scratch/etc/notes.away"
expect 1 "$backstay" run "$plan" --dry-run
says "$scratch/etc/notes"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
[ "$code" = 3 ] || [ "$code" = 1 ] || die "exit $code of a run with a missing path: $output"
says "$scratch/etc/notes"
expect 1 "$backstay" verify "$plan" latest
mv "$scratch/etc/notes.away" "$scratch/etc/notes"

say "a good run after it needs no help"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$plan" latest --level 2

say "a database file that is none"
mv "$scratch/var/lib/notes-db/notes.sqlite" "$scratch/real.sqlite"
head -c 8192 /dev/urandom >"$scratch/var/lib/notes-db/notes.sqlite"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
[ "$code" = 3 ] || [ "$code" = 1 ] || die "exit $code of a run with a broken database: $output"
rm "$scratch/var/lib/notes-db/notes.sqlite"
mv "$scratch/real.sqlite" "$scratch/var/lib/notes-db/notes.sqlite"

say "a directory that cannot be read fails the component by name"
if [ "$(id -u)" = 0 ]; then
  chmod a+rx "$scratch"
  other=$scratch/other
  install -d -o daemon -g daemon "$other"
  sed "s|$scratch/store|$other/store|" "$scratch/quickstart.stay" >"$other/other.stay"
  as_daemon() {
    (cd / && BACKSTAY_CONFIG_DIR=$other/config BACKSTAY_STATE_DIR=$other/state \
      setpriv --reuid=daemon --regid=daemon --clear-groups "$backstay" "$@")
  }
  expect 0 as_daemon plan "$other/other.stay" -o "$other/other.plan.yaml"
  expect 0 as_daemon store init "$other/other.plan.yaml"
  expect 3 as_daemon run "$other/other.plan.yaml"
  says "$scratch/etc/notes/conf.d"

  say "who may not see the runs is not told that there are none"
  expect 1 setpriv --reuid=daemon --regid=daemon --clear-groups "$backstay" logs
  says "Permission denied"
  says "run it as root"
fi

say "two runs at the same time: the second one says who holds the lock"
exec 9>>"$(find "$scratch/store/locks" -type f | head -n 1)"
flock -x 9
expect 11 "$backstay" run "$plan"
flock -u 9
exec 9>&-
expect 0 "$backstay" run "$plan"

say "a restore over what exists changes nothing unless it is told to"
fingerprint >"$scratch/now"
code=0
output=$("$backstay" restore "$plan" 2>&1) || code=$?
[ "$code" != 0 ] || die "a restore over what exists succeeded"
fingerprint | diff - "$scratch/now" || die "a refused restore changed something"

say "an unknown snapshot, service, component"
expect 1 "$backstay" restore "$plan" --snapshot 99999999 --to "$scratch/out"
expect 2 "$backstay" restore "$plan" --service notse --to "$scratch/out"
says "did you mean \`notes\`?"
expect 2 "$backstay" restore "$plan" --component notes.ect --to "$scratch/out"
expect 2 "$backstay" restore "$plan" --database nova --to "$scratch/out"
says "it restores no database at all"
[ ! -e "$scratch/out" ] || die "a refused restore wrote something"
expect 2 "$backstay" restore "$plan" --to "$plan/below"
says "\`$plan\` is none"
expect 1 "$backstay" ls "$plan" --host heer
says "of host \`heer\`"
expect 0 "$backstay" list "$plan" --host heer
says "no snapshots of host \`heer\`"
expect 2 "$backstay" list "$plan" --policy notes
expect 2 "$backstay" changes "$plan" --component notes.ect
says "did you mean \`notes.etc\`?"
expect 2 "$backstay" approve "$plan" --key "$scratch/none" --host heer
says "did you mean \`here\`?"

say "one damaged byte is found and named, and is not restored"
part=$(find "$scratch/store/snapshots" -path '*notes.etc*' -name '*.tar.zst' | sort | tail -n 1)
chmod u+w "$(dirname "$part")" "$part"
printf '\xff' | dd of="$part" bs=1 seek=20 conv=notrunc status=none
expect 5 "$backstay" verify "$plan" latest
says "notes.etc"
rm -rf "$scratch/etc/notes"
expect 5 "$backstay" restore "$plan" --in-place --yes
[ ! -e "$scratch/etc/notes" ] || die "a damaged component was restored"
