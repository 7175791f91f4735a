#!/usr/bin/env bash
# Copies to another machine by rsync over a real sshd, where `backstay receive` is all that the key may do:
# complete or not counted, whatever breaks; moved once; and everything comes back from there alone.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/sshd_server.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
vault=$scratch/vault
mkdir "$vault"
start_sshd "$vault"

# policy KEY MORE: the quick start with a copy to the far side.
policy() {
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
    -e "s|^retention|secret away-key {\n    file $sshd_dir/$1\n}\n\ntarget away {\n    rsync \"$ssh_destination:$vault\"\n    login away-key\n    media disk\n    $2\n}\n\n&|" \
    -e "s|^    to local keep standard|&\n    copy to away keep standard|" \
    "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
  "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
}
plan=$scratch/quickstart.plan.yaml
policy receiving "deletable-by admin"

receipts() { cat "$scratch/store/records/$1"/receipt-*.json 2>/dev/null | wc -l; }
newest() { ls "$scratch/store/snapshots" | tail -1; }
copies() { ls "$vault/snapshots" | wc -l; }
moved() { jq -r '."moved-bytes"' "$scratch/store/records/$1"/receipt-*.json | tail -1; }

say "a target that was never made is refused, and says how to make it"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay"
says_not "does not run"
expect 0 "$backstay" store init "$plan"
says "can delete nothing there"
fingerprint >"$scratch/before"

say "a run leaves the same snapshot there, with a receipt here"
expect 0 "$backstay" run "$plan"
first=$(newest)
[ "$(ls "$vault/snapshots")" = "$first" ] || die "the copy is not there"
[ "$(receipts "$first")" = 1 ] || die "no receipt was left"
diff -r "$scratch/store/snapshots/$first" "$vault/snapshots/$first" || die "the copy is another one"
[ -z "$(find "$vault/snapshots/$first" -type f ! -perm 0400)" ] || die "a copied file can be written"
expect 0 "$backstay" verify "$vault" "$first" --level 2

say "the next one moves what is new and 1 %, and links the rest"
head -c 3000000 /dev/urandom >"$scratch/var/lib/notes/uploads/fresh"
expect 0 "$backstay" run "$plan"
second=$(newest)
expect 0 "$backstay" verify "$vault" "$second" --level 2
new=$(find "$scratch/store/snapshots/$second" -type f -links 1 -printf '%s\n' | awk '{ s += $1 } END { print s }')
[ "$(moved "$second")" -le $((new + new / 100)) ] || die "moved $(moved "$second") bytes for $new new ones"
printf 'moved %s bytes for %s new ones\n' "$(moved "$second")" "$new"
[ "$(find "$vault/snapshots/$second" -type f -links +1 | wc -l)" -gt 0 ] || die "nothing was linked"

say "status counts the copies, and a dry run says what would be moved"
expect 0 "$backstay" status "$plan"
says "away: 2 complete"
expect 0 "$backstay" run "$plan" --dry-run
says "which holds 2 copies"

say "the key can do nothing else"
key=(ssh -F "$BACKSTAY_CONFIG_DIR/ssh_config" -o UserKnownHostsFile="$BACKSTAY_CONFIG_DIR/known_hosts"
  -o IdentitiesOnly=yes -i "$sshd_dir/receiving" "$ssh_destination")
for hostile in "id" "rm -rf $vault" "rsync --server --sender -logDtpre.iLsfxCIvu . /etc" \
  "rsync --server -pRe.iLsfxCIvu --delete . incoming/quickstart/here/$second/" \
  "rsync --server -pRe.iLsfxCIvu . $vault/snapshots/" "backstay-receive 1 hello; id" "scp -t /etc" \
  "backstay-receive 1 get ../../etc"; do
  expect 7 "${key[@]}" "$hostile"
  says "may not"
done
[ "$(copies)" = 2 ] || die "a copy is gone"

say "a line that is cut, a run that is killed: no receipt, and the next run completes both"
rm "$scratch/var/lib/notes/uploads/fresh"
for point in target.put.file:1 target.prove:1 target.commit:1 target.committed:1; do
  head -c 2000000 /dev/urandom >"$scratch/var/lib/notes/uploads/$point"
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" run "$plan"; } >/dev/null 2>&1 && die "it was not killed at $point"
  cut=$(newest)
  [ "$(receipts "$cut")" = 0 ] || die "a receipt for a copy that was cut short at $point"
done
head -c 30000000 /dev/urandom >"$scratch/var/lib/notes/uploads/large"
bad_line cut 20000000
expect 3 "$backstay" run "$plan"
cut=$(newest)
[ "$(receipts "$cut")" = 0 ] || die "a receipt over a line that was cut"
[ ! -e "$vault/snapshots/$cut" ] || die "a copy over a line that was cut is visible"
end_bad_line
expect 0 "$backstay" run "$plan"
for id in $(ls "$scratch/store/snapshots" | tail -6); do
  [ "$(receipts "$id")" -ge 1 ] || die "no receipt for $id"
  expect 0 "$backstay" verify "$vault" "$id" --level 2
done
[ "$(moved "$cut")" -lt 30000000 ] || die "what had arrived was moved again: $(moved "$cut")"

say "a peer that stalls ends the copy, not the night"
head -c 4000000 /dev/urandom >"$scratch/var/lib/notes/uploads/stalled"
bad_line stall 1000000
BACKSTAY_STALL=3 expect 3 "$backstay" run "$plan"
[ "$(receipts "$(newest)")" = 0 ] || die "a receipt from a peer that stalled"
end_bad_line

say "an agent that holds the key and does not answer: likewise"
sed "/^    login away-key/d" "$scratch/quickstart.stay" >"$scratch/agent.stay"
"$backstay" -q plan "$scratch/agent.stay" -o "$scratch/agent.plan.yaml" 2>/dev/null
/usr/bin/python3 - "$scratch/agent" <<'PYTHON' &
import signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
signal.pause()
PYTHON
agent=$!
wait_for "the agent" test -S "$scratch/agent"
SSH_AUTH_SOCK=$scratch/agent BACKSTAY_STALL=3 expect 3 "$backstay" run "$scratch/agent.plan.yaml"
says "nothing moved for 3 s"
[ "$(receipts "$(newest)")" = 0 ] || die "a receipt from nobody"
kill $agent
wait $agent 2>/dev/null || true

say "a far side that is another machine, another store or full is told apart"
expect 0 "$backstay" run "$plan"
mv "$BACKSTAY_CONFIG_DIR/known_hosts" "$scratch/known"
ssh-keygen -q -t ed25519 -N '' -f "$scratch/other"
printf '[127.0.0.1]:%s %s\n' "$sshd_port" "$(cut -d' ' -f1,2 "$scratch/other.pub")" >"$BACKSTAY_CONFIG_DIR/known_hosts"
expect 7 "$backstay" list "$plan" --from away
says "Host key verification failed"
mv "$scratch/known" "$BACKSTAY_CONFIG_DIR/known_hosts"
mkdir "$scratch/other-vault"
force_command "$backstay receive --store $scratch/other-vault"
BACKSTAY_CONFIG_DIR=$scratch/config "$backstay" -q store init "$plan" --target away
force_command "$backstay receive --store $vault"
expect 7 "$backstay" list "$plan" --from away
says "is not the one that was registered"
"$backstay" -q store init "$plan" --target away

say "a far side that lies gets no receipt"
cat >"$sshd_dir/liar" <<LIAR
#!/bin/bash
# Says of every commit that it went well, and does nothing.
case \$SSH_ORIGINAL_COMMAND in
*" commit "*) cat >/dev/null; printf 'ok\nend\n' ;;
*) exec $backstay receive --store $vault ;;
esac
LIAR
chmod +x "$sshd_dir/liar"
force_command "$sshd_dir/liar"
expect 3 "$backstay" run "$plan"
says "does not list it"
[ "$(receipts "$(newest)")" = 0 ] || die "a receipt from a liar"
force_command "$backstay receive --store $vault"
expect 0 "$backstay" run "$plan"

say "with the local store gone, everything is read from there"
head -c 100000 /dev/urandom >"$scratch/etc/notes/last"
fingerprint >"$scratch/before"
expect 0 "$backstay" run "$plan"
last=$(newest)
chmod -R u+w "$scratch/store"
rot=$(find "$vault/snapshots/$last/data" -type f -name '*.zst' | sort | head -n 1)
cp -p "$rot" "$scratch/rot"
chmod u+w "$rot" && printf 'rot' | dd of="$rot" bs=1 seek=20 conv=notrunc status=none
expect 5 "$backstay" verify "$plan" "$last" --from away
expect 6 "$backstay" status "$plan" --check
says "at away a copy did not pass a verification: $last"
mv "$rot" "$scratch/moved"
expect 5 "$backstay" verify "$plan" "$last" --from away
says "has no \`data/"
says "$ssh_destination:$vault"
says DAMAGED
mv "$scratch/moved" "$rot"
expect 1 "$backstay" ls "$plan" 99 --from away
says "there is no snapshot \`99\` in $ssh_destination:$vault"
cat "$scratch/rot" >"$rot"
expect 0 "$backstay" verify "$plan" "$last" --from away
expect 0 "$backstay" status "$plan"
says_not "did not pass"
rm -rf "$scratch/store"
expect 0 "$backstay" list "$plan" --from away
says "$last"
expect 0 "$backstay" ls "$plan" latest --from away
says "/etc/notes/last"
expect 0 "$backstay" verify "$plan" "$last" --from away --level 2
says "intact"
expect 0 "$backstay" restore "$plan" --from away --path "$scratch/etc/notes/last" --to "$scratch/beside"
cmp "$scratch/etc/notes/last" "$scratch/beside$scratch/etc/notes/last" || die "the one file is another"
rm -rf "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" restore "$plan" --from away --in-place --yes --without-keep-current all
fingerprint | diff "$scratch/before" - || die "the service is not what it was"
mv "$BACKSTAY_STATE_DIR" "$scratch/state-before"
expect 3 "$backstay" catalogue rebuild "$plan"
says "only the snapshot is known"
[ "$("$backstay" catalogue snapshots -f json | jq -r '.snapshots[-1] | .id + .where')" = "${last}present" ] ||
  die "the far copy is not in the catalogue: $("$backstay" catalogue snapshots)"
rm -rf "$BACKSTAY_STATE_DIR"
mv "$scratch/state-before" "$BACKSTAY_STATE_DIR"
[ -z "$(ls "$BACKSTAY_STATE_DIR/mirrors" 2>/dev/null)" ] || die "what was fetched stays"

say "a new store goes on where the copies are, so that the latest copy is the newest"
expect 0 "$backstay" store init "$plan"
says "the next snapshot is $((10#${last%%-*} + 1))"
touch "$scratch/etc/notes/later"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$plan" latest --from away --level 1
expect 0 "$backstay" ls "$plan" latest --from away
says "/etc/notes/later"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store"
expect 7 "$backstay" list "$plan"
says '`--from away`'
expect 0 "$backstay" store init "$plan" --target local
expect 0 "$backstay" run "$plan"
says "above this snapshot"
touch "$scratch/etc/notes/latest"
expect 0 "$backstay" run "$plan"
says_not "above this snapshot"
expect 0 "$backstay" ls "$plan" latest --from away
says "/etc/notes/latest"
rm "$scratch/etc/notes/later" "$scratch/etc/notes/latest"

say "a machine without Backstay: by rsync alone, and the policy must not say that nobody can delete"
vault=$scratch/plain
mkdir "$vault"
policy plain "deletable-by admin"
expect 7 "$backstay" store init "$plan" --target away
says "can delete there"
policy plain "deletable-by host"
expect 0 "$backstay" store init "$plan" --target away
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$vault" latest --level 2
expect 0 "$backstay" run "$plan"
[ "$(find "$vault/snapshots/$(newest)" -type f -links +1 | wc -l)" -gt 0 ] || die "nothing was linked"
expect 0 "$backstay" verify "$plan" latest --from away --level 2
