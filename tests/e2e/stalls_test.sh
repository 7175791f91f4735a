#!/usr/bin/env bash
# What hangs ends in words, in its time, and leaves no receipt: a restic repository behind a server that does not
# answer; the command of a secret whose store says nothing.
source "$(dirname "$0")/lib.sh"

server=
line=
end_all() {
  kill -CONT "$server" 2>/dev/null && kill "$server" || true
  [ -z "$line" ] || kill "$line" 2>/dev/null || true
  clean_up
}
trap end_all EXIT

mkdir "$scratch/served"
upstream=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
rclone serve restic --config /dev/null --addr "127.0.0.1:$upstream" "$scratch/served" 2>"$scratch/server.log" &
server=$!
wait_for "the server" bash -c "exec 3<>/dev/tcp/127.0.0.1/$upstream"
/usr/bin/python3 "$source_dir/tests/support/counted_line.py" "$upstream" "$scratch/control" "$scratch/counts" >"$scratch/line-port" &
line=$!
wait_for "the line" test -s "$scratch/line-port"
repository=rest:http://127.0.0.1:$(cat "$scratch/line-port")/

(umask 077 && echo "a long password 4711" >"$scratch/password")
"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|secret repository {\n    command [\"/usr/bin/cat\", \"$scratch/password\"]\n    escrow \"safe\" at attic\n}\n\ntarget vault {\n    restic \"$repository\"\n    login repository\n    at attic\n    media object\n}\n\n&|" \
  -e "s|^host here|site attic\n\n&|" -e "s|^    to local keep standard|&\n    copy to vault keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/restic.stay"
plan=$scratch/restic.plan.yaml
expect 0 "$backstay" plan "$scratch/restic.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"
lighten_restic "$scratch/served" "$scratch/password"

newest() { ls "$scratch/store/snapshots" | tail -1; }
receipts() { ls "$scratch/store/records/$1" 2>/dev/null | grep -c receipt || true; }
change_service() { head -c 3000000 /dev/urandom >"$scratch/var/lib/notes/uploads/new"; }
no_receipt() { # WORD…: of a run whose snapshot is here and whose copy is not
  change_service
  expect 3 env BACKSTAY_STALL=2 BACKSTAY_TEST_SECRET=2 "$backstay" run "$plan"
  local word
  for word; do says "$word"; done
  [ "$(receipts "$(newest)")" = 0 ] || die "a receipt was written"
  expect 0 "$backstay" verify "$scratch/store" "$(newest)" --level 2
  nothing_left
}
nothing_left() {
  wait_for "the end of what hung" sh -c "! pgrep -f '[r]epo=$repository|[c]at $scratch/password' >/dev/null"
}
a_receipt() {
  expect 0 "$backstay" run "$plan"
  [ "$(receipts "$(newest)")" = 1 ] || die "no receipt: $output"
}
a_receipt

say "a time that is none is refused, not ignored"
expect 2 env BACKSTAY_STALL=soon "$backstay" run "$plan"
says "BACKSTAY_STALL is \`soon\`: no number of seconds"

say "a server that takes calls and does not answer"
kill -STOP "$server"
no_receipt "nothing moved for 2 s: the far side or the line to it stalled"
expect 1 env BACKSTAY_STALL=2 "$backstay" list "$plan" --from vault
says "nothing moved for 2 s"
kill -CONT "$server"

say "once it answers, what was left behind goes too"
behind=$(newest)
change_service
a_receipt
[ "$(receipts "$behind")" = 1 ] || die "what was left behind was not copied"

say "a secret store that does not answer: the backup is made, its copy is not, and nothing waits for it"
mv "$scratch/password" "$scratch/kept"
mkfifo "$scratch/password"  # the command waits for ever
no_receipt "its command gave no answer within 2 s" "repository"
expect 12 env BACKSTAY_TEST_SECRET=2 "$backstay" list "$plan" --from vault
nothing_left
if grep -rqF "a long password 4711" "$scratch/state" "$scratch/store" "$scratch/config" "$plan"; then die "the password was written down"; fi
mv "$scratch/kept" "$scratch/password"
a_receipt

say "likewise of an object store"
(umask 077 && printf '[here]\ntype = alias\nremote = %s/served\n' "$scratch" >"$scratch/rclone.conf")
sed -e "s|\"$scratch/password\"|\"$scratch/rclone.conf\"|; s|restic \"$repository\"|rclone \"here:store\"|; s|^target vault|target cloud|; s|copy to vault|copy to cloud|" \
  "$scratch/restic.stay" >"$scratch/rclone.stay"
"$backstay" -q plan "$scratch/rclone.stay" -o "$scratch/rclone.plan.yaml" 2>/dev/null
expect 0 "$backstay" -q store init "$scratch/rclone.plan.yaml"
mv "$scratch/rclone.conf" "$scratch/kept"
mkfifo "$scratch/rclone.conf"
change_service
expect 3 env BACKSTAY_TEST_SECRET=2 "$backstay" run "$scratch/rclone.plan.yaml"
says "its command gave no answer within 2 s"
[ "$(receipts "$(newest)")" = 0 ] || die "a receipt was written"
expect 12 env BACKSTAY_TEST_SECRET=2 "$backstay" list "$scratch/rclone.plan.yaml" --from cloud
wait_for "the end of the command" sh -c "! pgrep -f '[c]at $scratch/rclone.conf' >/dev/null"

say "a server that hangs amid a read: what reads ends likewise, and places nothing"
head -c 6000000 /dev/urandom >"$scratch/var/lib/notes/uploads/large"
a_receipt
reads=("restore $plan --from vault --snapshot $(newest) --to $scratch/beside" "verify $plan $(newest) --from vault --level 2")
for verb in "${reads[@]}"; do
  echo "stall 1000000" >"$scratch/control"
  code=0
  # shellcheck disable=SC2086
  output=$(BACKSTAY_STALL=2 "$backstay" $verb 2>&1) || code=$?
  [ "$code" != 0 ] || die "${verb%% *} says that all went well"
  says "nothing moved for 2 s"
  nothing_left
done
[ ! -e "$scratch/beside$scratch/var/lib/notes/uploads/large" ] || die "a file was placed"
echo "stall 0" >"$scratch/control"
no_receipt "nothing moved for 2 s"

say "one that is only slow, slower than the time of a stall, goes on"
echo "slow 1500000" >"$scratch/control"
for verb in "${reads[@]}"; do
  # shellcheck disable=SC2086
  BACKSTAY_STALL=2 expect 0 "$backstay" $verb
done
cmp "$scratch/var/lib/notes/uploads/large" "$scratch/beside$scratch/var/lib/notes/uploads/large"
