#!/usr/bin/env bash
# People are told: of a failure, of the recovery and of a success, by an address, a dead man's switch, a mail
# and a command; what could not be delivered goes out later; addresses are secrets, and no notice names a file.
if [ -z "${NOTIFY_TEST_INSIDE:-}" ]; then # the mail client's configuration is one of the machine
  NOTIFY_TEST_INSIDE=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
source "$(dirname "$0")/lib.sh"

mkdir "$scratch/sinks"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost" \
  -keyout "$scratch/tls.key" -out "$scratch/tls.crt" 2>"$scratch/openssl.log" || die "$(cat "$scratch/openssl.log")"
cat "$scratch/tls.key" "$scratch/tls.crt" >"$scratch/sinks/tls.pem"
python3 "$e2e_dir/notify_sinks.py" "$scratch/sinks" &
sinks=$!
trap 'kill "$sinks" 2>/dev/null || true; clean_up' EXIT
wait_for "the sinks" test -s "$scratch/sinks/http.port"
http=$(cat "$scratch/sinks/http.port")
printf 'account default\nhost 127.0.0.1\nport %s\nfrom backstay@localhost\n' "$(cat "$scratch/sinks/smtp.port")" >"$scratch/msmtprc"
[ -e /etc/msmtprc ] || { made=1; touch /etc/msmtprc; }
mount --bind "$scratch/msmtprc" /etc/msmtprc
[ -z "${made:-}" ] || trap 'umount /etc/msmtprc; rm -f /etc/msmtprc; kill "$sinks" 2>/dev/null || true; clean_up' EXIT

canary=T0PSECRET$RANDOM$RANDOM
umask 077
echo "http://127.0.0.1:$http/hooks/$canary" >"$scratch/hook.url"
echo "http://127.0.0.1:$http/ping/$canary?uuid=1" >"$scratch/ping.url"
umask 022

make_quickstart
cat >"$scratch/told" <<SH
#!/bin/sh
cat >>"$scratch/told.log"
printf '%s %s\n' "\$BACKSTAY_OUTCOME" "\$BACKSTAY_STATUS" >>"$scratch/told.outcomes"
SH
chmod 755 "$scratch/told"
chmod 755 "$scratch"
cat >>"$scratch/quickstart.stay" <<STAY

secret hook {
    file $scratch/hook.url
}

secret ping {
    file $scratch/ping.url
}

notify operators {
    webhook hook
    healthcheck ping
    mail "operators@example.org"
    command ["/bin/sh", "$scratch/told"]
    on failure, recovery, success
}
STAY
sed -i 's|^    run nightly$|    run nightly\n    notify operators|' "$scratch/quickstart.stay"
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan" 
taken() { tail -n "$1" "$scratch/sinks/http.log"; }

say "a success"
expect 0 "$backstay" run "$plan"
says_not "nobody is told"
grep -q "^took /ping/$canary?uuid=1 application/json" "$scratch/sinks/http.log" || die "the switch was not pressed"
grep "^took /hooks/$canary " "$scratch/sinks/http.log" | cut -d' ' -f4- >"$scratch/notice.json"
[ "$(jq -r '.outcome + " " + .status + " " + .backup' "$scratch/notice.json")" = "success verified notes" ] || die "$(cat "$scratch/notice.json")"
grep -q "^RCPT TO:<operators@example.org>" "$scratch/sinks/mail.log" || die "no mail came"
grep -q "^Subject: \[backstay\] SUCCESS: backup notes of policy quickstart on here$" "$scratch/sinks/mail.log" || die "$(cat "$scratch/sinks/mail.log")"
[ "$(cat "$scratch/told.outcomes")" = "success verified" ] || die "the command was told otherwise"

say "a failure, of which no file name leaves the machine"
mv "$scratch/var/lib/notes" "$scratch/var/lib/notes.away"
expect 3 "$backstay" run "$plan"
taken 2 | has "^took /ping/$canary/fail?uuid=1 " || die "the switch was not told of the failure: $(taken 3)"
[ "$(taken 1 | cut -d' ' -f4- | jq -r .outcome)" = failure ] || die "the address was not told"
[ "$(tail -n 1 "$scratch/told.outcomes")" = "failure partial" ] || die "the command was not told"
grep -F -e "$scratch/var" "$scratch/sinks/http.log" "$scratch/sinks/mail.log" && die "a notice names a file"

say "the recovery"
mv "$scratch/var/lib/notes.away" "$scratch/var/lib/notes"
expect 0 "$backstay" run "$plan"
[ "$(taken 1 | cut -d' ' -f4- | jq -r .outcome)" = recovery ] || die "it is told as: $(taken 1)"
expect 0 "$backstay" run "$plan"
[ "$(taken 1 | cut -d' ' -f4- | jq -r .outcome)" = success ] || die "it is told as: $(taken 1)"

say "a run that cannot begin is a failure too"
mv "$scratch/store" "$scratch/store.away"
"$backstay" run "$plan" >/dev/null 2>&1 && die "a run without its store succeeded"
[ "$(taken 1 | cut -d' ' -f4- | jq -r '.outcome + .status')" = failure ] || die "it is told as: $(taken 1)"
mv "$scratch/store.away" "$scratch/store"

say "what cannot be delivered is said, harms no run, and goes out later"
touch "$scratch/sinks/refuse"
expect 0 "$backstay" run "$plan"
says "nobody is told by webhook of notify operators"
says_not "$canary"
[ "$(ls "$BACKSTAY_STATE_DIR/notices/pending/quickstart" | wc -l)" = 2 ] || die "not kept: $(find "$BACKSTAY_STATE_DIR/notices")"
[ "$(grep -c "^refused /hooks" "$scratch/sinks/http.log")" = 3 ] || die "it was not tried three times"
rm "$scratch/sinks/refuse"
expect 0 "$backstay" run "$plan"
says_not "nobody is told"
[ "$(ls "$BACKSTAY_STATE_DIR/notices/pending/quickstart" | wc -l)" = 0 ] || die "kept although it was delivered"
[ "$(grep "^took /hooks" "$scratch/sinks/http.log" | tail -n 2 | cut -d' ' -f4- | jq -r .outcome | xargs)" = "recovery success" ] ||
  die "the earlier notice did not go out first"

say "a secret that others can read is not used"
chmod 644 "$scratch/hook.url"
expect 0 "$backstay" run "$plan"
says "nobody is told by webhook of notify operators"
chmod 600 "$scratch/hook.url"

say "an address by TLS: whoever cannot prove who he is is told nothing"
cp "$scratch/hook.url" "$scratch/hook.plain"
echo "https://localhost:$(cat "$scratch/sinks/https.port")/hooks/$canary" >"$scratch/hook.url"
before=$(grep -c "^took /hooks" "$scratch/sinks/http.log")
expect 0 "$backstay" run "$plan"
says "nobody is told by webhook of notify operators"
says "certificate"
says_not "$canary"
[ "$(grep -c "^took /hooks" "$scratch/sinks/http.log")" = "$before" ] || die "something went to an address that nobody vouches for"
cat /etc/ssl/certs/ca-certificates.crt "$scratch/tls.crt" >"$scratch/roots.crt"
mount --bind "$scratch/roots.crt" /etc/ssl/certs/ca-certificates.crt
expect 0 "$backstay" run "$plan"
says_not "nobody is told"
[ "$(grep -c "^took /hooks" "$scratch/sinks/http.log")" -ge "$((before + 2))" ] || die "TLS does not work with a root that the machine knows"
umount /etc/ssl/certs/ca-certificates.crt
cat "$scratch/hook.plain" >"$scratch/hook.url"

say "addresses that never answer hold up neither the run nor the next one, and not for ever"
touch "$scratch/sinks/hang"
"$backstay" run "$plan" >"$scratch/hanging" 2>&1 &
hanging=$!
wait_for "the call that hangs" grep -q "^hangs" "$scratch/sinks/http.log"
committed=$(ls "$scratch/store/snapshots" | wc -l)
kill -0 "$hanging" || die "the first run waits for nothing: the test proves nothing"
sed 's/^    notify operators$//' "$scratch/quickstart.stay" >"$scratch/untold.stay"
"$backstay" -q plan "$scratch/untold.stay" -o "$scratch/untold.plan.yaml"
expect 0 "$backstay" run "$scratch/untold.plan.yaml" # at once, or exit 11
[ "$(ls "$scratch/store/snapshots" | wc -l)" = $((committed + 1)) ] || die "the next run made nothing"
kill -0 "$hanging" || die "the first run had ended before the second: the test proves nothing"
wait "$hanging" || die "a run failed because nobody answers: $(cat "$scratch/hanging")"
grep -q "nobody is told by healthcheck" "$scratch/hanging" || die "it does not say so: $(cat "$scratch/hanging")"
[ "$(grep -c "^hangs" "$scratch/sinks/http.log")" -le 4 ] || die "addresses that hang were called $(grep -c "^hangs" "$scratch/sinks/http.log") times"
rm "$scratch/sinks/hang"
expect 0 "$backstay" run "$plan"
says_not "nobody is told"

say "a prune behind a run that a guard keeps from its work is told although the run is good, and when it works again"
sed -i 's|^    daily 7$|    last 1|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' "$scratch/quickstart.stay"
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
told() { taken "$1" | cut -d' ' -f4- | jq -r '.what + " " + .outcome + " " + .status + " " + (.target // "-")'; }
expect 8 "$backstay" run "$plan" --then-prune
says "--confirm "
decision=${output##*--confirm }
[ "$(told 1)" = "prune failure refused local" ] || die "it is told as: $(taken 2)"
[ "$(taken 4 | cut -d' ' -f4- | jq -r .what | xargs)" = "backup backup prune prune" ] || die "the run was not told: $(taken 4)"
taken 2 | has "^took /ping/$canary/fail?uuid=1 " || die "the switch was not told of the refused prune"
grep -q "^Subject: \[backstay\] FAILURE: prune notes at local of policy quickstart on here (a guard of the retention asks before anything goes)$" \
  "$scratch/sinks/mail.log" || die "$(tail -n 30 "$scratch/sinks/mail.log")"
grep -q "On that host .backstay prune PLAN --backup notes --target local --dry-run.$" "$scratch/sinks/mail.log" || die "$(tail -n 30 "$scratch/sinks/mail.log")"
[ "$(tail -n 1 "$scratch/told.outcomes")" = "failure refused" ] || die "the command was not told"
expect 0 "$backstay" prune "$plan" --confirm "${decision%% *}"
expect 0 "$backstay" run "$plan" --then-prune
[ "$(told 1)" = "prune recovery pruned local" ] || die "it is told as: $(taken 2)"
expect 0 "$backstay" run "$plan" --then-prune
[ "$(told 1)" = "backup success verified -" ] || die "a prune that works is told again: $(taken 2)"

say "a prune that fails is told, too"
mv "$scratch/store/trash" "$scratch/store/trash.away"
echo "in the way" >"$scratch/store/trash"
"$backstay" run "$plan" --then-prune >"$scratch/failed" 2>&1 && die "a prune without a trash succeeded"
[ "$(told 1)" = "prune failure failed local" ] || die "it is told as: $(taken 2); $(cat "$scratch/failed")"
rm "$scratch/store/trash"
mv "$scratch/store/trash.away" "$scratch/store/trash"

say "the addresses stand nowhere"
grep -raF "$canary" "$BACKSTAY_STATE_DIR" "$BACKSTAY_CONFIG_DIR" "$plan" "$scratch/store" && die "an address was written down"

say "the schema of what is sent"
grep "^took /hooks" "$scratch/sinks/http.log" | cut -d' ' -f4- | while read -r notice; do
  printf '%s' "$notice" >"$scratch/notice.json"
  /usr/bin/python3 -c 'import json,jsonschema,sys; jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))' \
    "$source_dir/docs/schemas/notice.schema.json" "$scratch/notice.json" || die "not as its schema says: $notice"
done
