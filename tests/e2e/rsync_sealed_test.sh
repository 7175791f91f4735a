#!/usr/bin/env bash
# Copies that are sealed on their way to another machine: nothing there can be read without an identity, each
# part is sealed and moved once, a copy that is cut short is taken up, and a drill and a restore read from there. In
# an object store and a restic repository likewise: without the key nothing comes back, and that is said.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/sshd_server.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
vault=$scratch/vault
mkdir "$vault"
start_sshd "$vault"
age-keygen -o "$scratch/identity.txt" 2>/dev/null
recipient=$(age-keygen -y "$scratch/identity.txt")
age-keygen -o "$scratch/escrow.txt" 2>/dev/null
escrow=$(age-keygen -y "$scratch/escrow.txt")
plan=$scratch/quickstart.plan.yaml
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|site safe\n\nkey vault {\n    recipient \"$recipient\"\n    recipient \"$escrow\" escrow \"envelope 7\" at safe\n    identity opener\n}\n\nsecret opener {\n    file $scratch/removed-key.txt\n}\n\nsecret away-key {\n    file $sshd_dir/receiving\n}\n\ntarget away {\n    rsync \"$ssh_destination:$vault\"\n    login away-key\n    media disk\n    seal vault\n    deletable-by admin\n}\n\ndrill away-drill {\n    restore notes from away into sandbox\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to away keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
"$backstay" -q store init "$plan"
newest() { ls "$scratch/store/snapshots" | tail -1; }
moved() { jq -r '."moved-bytes"' "$scratch/store/records/$1"/receipt-*.json | tail -1; }

say "a run leaves a copy there that says nothing"
fingerprint >"$scratch/before"
expect 0 "$backstay" run "$plan"
grep -rqa "notes.conf" "$vault/snapshots" && die "a name of a file is in the clear"
[ -n "$(find "$vault/snapshots" -name '*.tar.zst.age')" ] || die "the parts are not sealed"
expect 0 "$backstay" verify "$vault" latest --level 2 --identity "$scratch/identity.txt"
[ -z "$(ls "$BACKSTAY_STATE_DIR/uploads" 2>/dev/null)" ] || die "what was sealed here stays here"

say "the next one seals and moves what is new"
all=$(moved "$(newest)")
head -c 200000 /dev/urandom >"$scratch/var/lib/notes/uploads/fresh"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$vault" latest --level 2 --identity "$scratch/identity.txt"
printf 'first %s bytes, then %s\n' "$all" "$(moved "$(newest)")"
[ "$(moved "$(newest)")" -lt $((all / 2 + 220000)) ] || die "it moved $(moved "$(newest)") of $all bytes"
[ "$(find "$vault/snapshots/$(newest)" -type f -links +1 | wc -l)" -gt 0 ] || die "nothing was linked"

say "killed on the way: the next run takes it up"
head -c 3000000 /dev/urandom >"$scratch/var/lib/notes/uploads/large"
{ BACKSTAY_FAILPOINT=target.prove:1:kill "$backstay" run "$plan"; } >/dev/null 2>&1 && die "it was not killed"
cut=$(newest)
[ ! -e "$vault/snapshots/$cut" ] || die "a copy that was cut short is visible"
expect 0 "$backstay" run "$plan"
[ "$(moved "$cut")" -lt 1000000 ] || die "what had arrived was sealed and moved again: $(moved "$cut")"
expect 0 "$backstay" verify "$vault" "$cut" --level 2 --identity "$scratch/identity.txt"

say "a drill reads from there"
expect 0 "$backstay" drill "$plan" --identity "$scratch/identity.txt"
expect 0 "$backstay" status "$plan"
says "away-drill"

say "the store and the machine are lost: all comes back from there, with an identity and not without"
fingerprint >"$scratch/before"
expect 0 "$backstay" run "$plan"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$BACKSTAY_STATE_DIR" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 12 "$backstay" restore "$plan" --from away --in-place --yes --without-keep-current all
expect 0 "$backstay" restore "$plan" --from away --in-place --yes --without-keep-current all --identity "$scratch/identity.txt"
fingerprint | diff "$scratch/before" - || die "the service is not what it was"

say "sealed in an object store and in a restic repository, with the machine and the key lost"
mkdir "$scratch/cloud"
(umask 077 && printf '[here]\ntype = alias\nremote = %s/cloud\n' "$scratch" >"$scratch/rclone.conf" && echo "a long password" >"$scratch/password")
for one in "cloud rclone \"here:store\" $scratch/rclone.conf" "repo restic \"$scratch/repository\" $scratch/password"; do
  read -r name kind remote login <<<"$one"
  printf 'secret %s-login {\n    file %s\n    escrow "safe" at safe\n}\n\ntarget %s {\n    %s %s\n    login %s-login\n    media object\n    seal vault\n}\n\n' "$name" "$login" "$name" "$kind" "$remote" "$name"
done >"$scratch/more"
sed -i -e "/^retention/{
r $scratch/more
N
}" -e "s|^    copy to away keep standard|    copy to cloud keep standard\n    copy to repo keep standard|; s|restore notes from away|restore notes from cloud|" "$scratch/quickstart.stay"
printf '\ndrill repo-drill {\n    restore notes from repo into sandbox\n}\n' >>"$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"
lighten_restic "$scratch/repository" "$scratch/password"
fingerprint >"$scratch/before"
expect 0 "$backstay" -q run "$plan"
last=$(newest)
if grep -rqa "notes.conf" "$scratch/cloud"; then die "a name of a file is in the clear"; fi
age-keygen -o "$scratch/stranger.txt" 2>/dev/null
lose_all() {
  [ ! -e "$scratch/store" ] || chmod -R u+w "$scratch/store"
  rm -rf "$scratch/store" "$BACKSTAY_STATE_DIR" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
}
declare -A drills=([cloud]=away-drill [repo]=repo-drill)
for from in cloud repo; do
  lose_all
  expect 0 "$backstay" list "$plan" --from $from
  says "$last"
  expect 0 "$backstay" verify "$plan" latest --from $from --level 1
  for identity in "" "--identity $scratch/stranger.txt"; do
    # shellcheck disable=SC2086
    for verb in "restore $plan --from $from --in-place --yes --without-keep-current all" \
      "drill $plan --drill ${drills[$from]} --into $scratch/sandbox"; do
      code=0
      output=$("$backstay" $verb $identity 2>&1) || code=$?
      [ "$code" != 0 ] || die "'$verb $identity' opened what is sealed: $output"
      [[ $output == *identit* ]] || die "it does not say that an identity is missing: $output"
    done
  done
  [ ! -e "$scratch/etc/notes" ] || die "something was placed without a key"
  expect 0 "$backstay" drill "$plan" --drill "${drills[$from]}" --into "$scratch/sandbox" --identity "$scratch/escrow.txt"
  expect 0 "$backstay" restore "$plan" --from $from --in-place --yes --without-keep-current all --identity "$scratch/escrow.txt"
  fingerprint | diff "$scratch/before" - || die "the service is not what it was, from $from"
done
