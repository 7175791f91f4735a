#!/usr/bin/env bash
# Names that want to be more than names (bytes that a terminal obeys, newlines that forge a line, text that runs
# backwards, HTML, Markdown, bytes that are no text) and thousands of them, at every kind of target and in every
# listing, message and report: they are shown as what they are, and what is printed keeps its shape.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/sshd_server.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
vault=$scratch/vault
mkdir -p "$vault" "$scratch/cloud"
start_sshd "$vault" --host here --may-remove
(umask 077 && printf '[here]\ntype = local\n' >"$scratch/rclone.conf" && echo "a long password 4711" >"$scratch/password")
cat >"$scratch/told" <<SH
#!/bin/sh
cat >>"$scratch/told.log"
SH
chmod 755 "$scratch/told"
cat >"$scratch/targets.stay" <<STAY
site attic

secret cloud {
    file $scratch/rclone.conf
    escrow "safe" at attic
}

secret away-key {
    file $sshd_dir/receiving
}

secret repository {
    file $scratch/password
    escrow "safe" at attic
}

notify operators {
    command ["/bin/sh", "$scratch/told"]
    on failure, recovery, success
}

target second {
    directory $scratch/second on here
    media tape
}

STAY
for one in "cloud rclone \"here:$scratch/cloud/store\" cloud" "away rsync \"$ssh_destination:$vault\" away-key" \
  "repo restic \"$scratch/repository\" repository"; do
  read -r name kind remote login <<<"$one"
  printf 'target %s {\n    %s %s\n    login %s\n    at attic\n    media object\n}\n\n' "$name" "$kind" "$remote" "$login"
done >>"$scratch/targets.stay"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" -e "/^retention/{
r $scratch/targets.stay
N
}" -e "s|^    run nightly|&\n    notify operators|" \
  -e "s|^    to local keep standard|&\n    copy to second keep standard\n    copy to cloud keep standard\n    copy to away keep standard\n    copy to repo keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/hostile.stay"
plan=$scratch/hostile.plan.yaml
expect 0 "$backstay" -q plan "$scratch/hostile.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"
lighten_restic "$scratch/repository" "$scratch/password"

# hostile DIR [SUFFIX]: the table of names, each a file there.
hostile() {
  python3 - "$1" "${2:-}" <<'PYTHON'
import os, sys
names = [b"esc\x1b[2J\x1b]0;title\x07", b"newline\nFORGED line", b"return\rFORGED line", b"tab\there", b"del\x7f\x08\x08",
         b"c1\xc2\x9b2J\xc2\x85", "rtl\u202egnp.exe\u2066".encode(), b"latin\xff\xfe\x80", b"<script>alert(1)</script>".replace(b"/", b"\\"),
         b"\"><img src=x onerror=alert(1)>", b"| a | `b` **c** [d](javascript:alert(1)) @everyone", b"# heading", b"--help", b"-rf *",
         b"$(touch FORGED) `touch FORGED`", b"'; touch FORGED; '", b"{{7*7}}${7*7}%s%n", b" leading and trailing ", "\u200b\u200f\u200e\u061c\U000e0041\u2028FORGED line".encode(), b"W" * 200]
os.makedirs(sys.argv[1], exist_ok=True)
for name in names:
    with open(os.path.join(os.fsencode(sys.argv[1]), name + os.fsencode(sys.argv[2])), "wb") as file:
        file.write(name)
PYTHON
}
state=$scratch/var/lib/notes
hostile "$state/hostile"
mkdir -p "$state/many"
python3 -c "import sys; [open('%s/%05d\x1b[31m<b>' % (sys.argv[1], n), 'w').close() for n in range(1500)]" "$state/many"
expect 0 "$backstay" -q run "$plan"
first=$(ls "$scratch/store/snapshots")
hostile "$state/hostile" .new
rm "$state/hostile"/*heading
sleep 1
expect 0 "$backstay" run "$plan"
second=$(ls "$scratch/store/snapshots" | tail -n 1)

# What others put beside the copies: directories, and a manifest that says what it likes.
bad=$'\e[2J\nFORGED <script>alert(1)<\\script> \u202e\u200e\u009b'
for place in "$scratch/store/snapshots" "$scratch/second/snapshots" "$vault/snapshots" "$scratch"/cloud/store/*/snapshots; do
  [ -d "$place" ] || die "$place is not there"
  chmod u+w "$place"
  mkdir "$place/00000009-20261123T000000Z-$bad" "$place/$bad"
  echo '{"format": "\u001b[2J<script>alert(1)</script>"}' >"$place/$bad/manifest.json"
done
expect 0 "$backstay" hold add "$plan" "$first" because "$bad" 

# plain KIND: what stands on standard input is what a terminal, a program or a browser may be given.
cat >"$scratch/plain.py" <<'PYTHON'
import json, re, sys
UNSEEN = [(0x61C, 0x61C), (0x200B, 0x200B), (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x2069), (0xFEFF, 0xFEFF), (0xE0000, 0xE007F)]
data, kind = sys.stdin.buffer.read(), sys.argv[1]
text = data.decode("utf-8")  # strict: nothing that is no text
for number, line in enumerate(text.split("\n"), 1):
    for char in line:
        code = ord(char)
        if code < 0x20 or 0x7F <= code < 0xA0 or any(first <= code <= last for first, last in UNSEEN):
            sys.exit("line %d holds U+%04X: %r" % (number, code, line[:200]))
    if line.lstrip().startswith("FORGED"):
        sys.exit("line %d was forged: %r" % (number, line[:200]))
if kind == "json":
    json.loads(text)
elif kind == "jsonl":
    [json.loads(line) for line in text.split("\n") if line]
elif kind == "html" and re.search(r"<script>alert|<img src=x|<b>[^<]*</", text):
    sys.exit("a name became markup")
PYTHON
calls=0
shows() { # KIND WORDS…: what the call prints, and what it says
  local kind=$1 code=0
  shift
  "$backstay" "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
  case $code in 0 | 1 | 3 | 5 | 6 | 8) ;; *) die "exit $code: $*: $(cat "$scratch/err")" ;; esac
  python3 "$scratch/plain.py" "$kind" <"$scratch/out" || die "standard output of: $*"
  python3 "$scratch/plain.py" text <"$scratch/err" || die "messages of: $*"
  calls=$((calls + 1))
}

say "listings of each kind of target"
for place in local second cloud away repo; do
  from=(--from "$place")
  [ $place != local ] || from=()
  shows text list "$plan" "${from[@]}"
  shows json list "$plan" "${from[@]}" -f json
  shows text ls "$plan" "$second" "${from[@]}"
  [ "$(grep -c 'notes.state' "$scratch/out")" -gt 1500 ] || die "not all names are listed from $place"
  grep -qF 'FORGED' "$scratch/out" || die "the names are left out"
  shows json ls "$plan" "$second" "${from[@]}" -f json
  shows text changes "$plan" "$first" "$second" "${from[@]}"
  grep -qF '.new' "$scratch/out" || die "the changes are left out"
  shows json changes "$plan" "$first" "$second" "${from[@]}" -f json
  shows text verify "$plan" "$second" "${from[@]}" --level 2
  shows text prune "$plan" --target "$place" --dry-run
  shows json prune "$plan" --target "$place" --dry-run -f json
  shows text restore "$plan" --snapshot "$second" "${from[@]}" --to "$scratch/beside-$place" --dry-run
done
"$backstay" ls "$plan" "$second" 2>/dev/null | head -n 3 >"$scratch/head" || true # who reads left: that is no harm
[ "$(wc -l <"$scratch/head")" = 3 ] || die "the head of a listing cannot be read"

say "what the machine tells of itself"
for words in "status" "logs" "report" "doctor" "catalogue snapshots" "catalogue runs"; do
  case $words in logs | catalogue*) given=() ;; *) given=("$plan") ;; esac
  shows text $words "${given[@]}"
  shows json $words "${given[@]}" -f json
done
shows text logs latest
shows html report "$plan" -f html -o "$scratch/report.html"
python3 "$scratch/plain.py" html <"$scratch/report.html" || die "the report"
shows text restore "$plan" --in-place --dry-run
shows text store check "$plan"

say "a run that fails over such names, and who is told of it"
chmod 000 "$state/hostile"/esc*
mv "$state" "$state.away"
sleep 1
shows text run "$plan"
shows json logs -f json
shows text logs latest
mv "$state.away" "$state"
sleep 1
shows jsonl run "$plan" -f jsonl
python3 "$scratch/plain.py" jsonl <"$scratch/told.log" || die "the notices"
grep -qF FORGED "$scratch/told.log" && die "a notice holds a name of a file"

say "damage is told with the names that it hits"
chmod -R u+w "$scratch/second"
for part in $(find "$scratch/second/snapshots/$second/data" -name '*.tar.zst' | head -n 3); do printf x | dd of="$part" bs=1 seek=40 conv=notrunc status=none; done
shows text verify "$plan" "$second" --from second --level 2
says_something=$(cat "$scratch/out" "$scratch/err")
[ -n "$says_something" ] || die "damage is not told"

say "and they come back as they were"
for place in local repo; do
  from=(--from "$place")
  [ $place != local ] || from=()
  expect 0 "$backstay" -q restore "$plan" --snapshot "$first" "${from[@]}" --to "$scratch/back-$place"
  [ "$(find "$scratch/back-$place" -path '*/hostile/*' | wc -c)" -gt 600 ] || die "not all came back from $place"
done
[ -z "$(find / -xdev -maxdepth 2 -name FORGED 2>/dev/null)" ] || die "a name was executed"
printf '%s calls\n' "$calls"
