#!/usr/bin/env bash
# `diff` and `plan --against`: plan files, policies, and policies in a git revision with their imports.
source "$(dirname "$0")/lib.sh"

mkdir "$scratch/repository"
cd "$scratch/repository"
cat >entry.stay <<'STAY'
language 1
policy entry

import "./parts/service.stay"

host here

target local {
    directory /srv/backup on here
}

retention standard {
    daily 7
}

backup all-of-it {
    cover all services
    to local keep standard
}
STAY
mkdir parts
cat >parts/service.stay <<'STAY'
language 1
library service

service notes {
    on here
    path /srv/notes as data
}
STAY
git init -q .
git add .
git -c user.name=test -c user.email=test@localhost commit -q -m "first"

say "nothing changed: no effect, exit 0 also with --exit-code"
expect 0 "$backstay" diff HEAD:entry.stay entry.stay --exit-code
says "No effect"

say "a change in an imported file is seen against the revision's own import"
sed -i 's|as data|as data optional|' parts/service.stay
expect 4 "$backstay" diff HEAD:entry.stay entry.stay --exit-code
says "coverage lost"
says "tolerates optional"
expect 4 "$backstay" plan entry.stay --against HEAD:entry.stay --exit-code
expect 0 "$backstay" diff --format json HEAD:entry.stay entry.stay
jq -e '.weaker and (.changes | length) == 1' <<<"$output" >/dev/null || die "the JSON is not as documented: $output"

say "plan files, also in a revision"
expect 0 "$backstay" plan entry.stay -o entry.plan.yaml
expect 0 "$backstay" diff entry.plan.yaml entry.stay --exit-code
git add .
git -c user.name=test -c user.email=test@localhost commit -q -m "second"
expect 0 "$backstay" diff HEAD:entry.plan.yaml entry.plan.yaml --exit-code
cd parts
expect 0 "$backstay" diff HEAD:../entry.stay ../entry.stay --exit-code
cd ..

say "a service under another name leaves its history behind, unless it is moved"
cp entry.stay entry.kept
cp parts/service.stay service.kept
sed -i 's|service notes|service journal|' parts/service.stay
expect 2 "$backstay" diff HEAD:entry.stay entry.stay
says "history orphaned"
says "without \`moved service notes -> journal\`"
says "BST0910"
expect 2 "$backstay" plan entry.stay --against HEAD:entry.stay
echo 'moved service notes -> journal' >>entry.stay
expect 0 "$backstay" diff HEAD:entry.stay entry.stay --exit-code
says "differ in names only"
cp entry.kept entry.stay
cp service.kept parts/service.stay

say "neither another change nor a rename hides what changed beside it"
cat >>parts/service.stay <<'STAY'

service app {
    on here
    path /srv/app
    units app
    quiesce stop
}
STAY
expect 0 "$backstay" plan entry.stay -o stopped.plan.yaml
sed -i '/quiesce stop/d' parts/service.stay
sed -i 's|daily 7|daily 14|' entry.stay
expect 4 "$backstay" diff stopped.plan.yaml entry.stay --exit-code
says "daily 7 -> daily 14"
says "service app: stopped while captured -> no longer stopped while captured"
sed -i 's|service app|service web|' parts/service.stay
echo 'moved service app -> web' >>entry.stay
expect 4 "$backstay" diff stopped.plan.yaml entry.stay --exit-code
says "service web: stopped while captured -> no longer stopped while captured"
cp entry.kept entry.stay
cp service.kept parts/service.stay

say "a promise that is lower shows both values"
cat >>entry.stay <<'STAY'

zone UTC

schedule nightly {
    every day at 02:30
    window 30m
}

require all services {
    rpo 26h
    copies 2
}
STAY
sed -i 's|cover all services|&\n    run nightly|' entry.stay
expect 0 "$backstay" plan entry.stay -o approved.plan.yaml
sed -i 's|rpo 26h|rpo 48h|; /copies 2/d' entry.stay
expect 4 "$backstay" plan entry.stay --against approved.plan.yaml --exit-code
says "promise rpo of service notes: 26h -> 2d [BST0820]"
says "promise copies of service notes: 2"
sed '/^require/,/^}/d' entry.stay >free.stay
sed 's|every day at 02:30|every 1st sat at 02:30|' free.stay >rarer.stay
expect 4 "$backstay" diff free.stay rarer.stay --exit-code
says "! longer objective"
says "schedule nightly: every day at 02:30 -> every 1st sat at 02:30"
sed 's|every day at 02:30|every day at 03:30|' free.stay >later.stay
expect 4 "$backstay" diff free.stay later.stay --exit-code
says "none weakens protection"
expect 0 "$backstay" diff --format md approved.plan.yaml entry.stay
says "**Danger.**"
says "promise rpo of service notes 26h → 2d"
expect 0 "$backstay" diff --format json approved.plan.yaml entry.stay
jq -e '[.changes[] | select(.code == "BST0820")] | length == 2' <<<"$output" >/dev/null || die "the JSON names no codes: $output"

say "what is allowed is silent, listed on demand, and over after its day"
cat >>entry.stay <<'STAY'

secret spare {
    file /etc/backstay/spare
}

allow BST0309 on secret spare because "for the next site" until 2027-06-30
STAY
expect 0 "$backstay" check --deny warnings --now 2027-06-30 entry.stay
says_not "for the next site"
expect 0 "$backstay" check -v --now 2027-06-30 entry.stay
says "allowed until 2027-06-30: BST0309 on secret spare"
expect 2 "$backstay" check --now 2027-07-01 entry.stay
says "BST0908"
says "BST0309"
expect 0 "$backstay" -q check --format json --now 2027-06-30 entry.stay
jq -e '.silenced | length == 1 and .[0].code == "BST0309"' <<<"$output" >/dev/null || die "the JSON does not list what is allowed: $output"
expect 4 "$backstay" diff approved.plan.yaml entry.stay --exit-code
says "allow BST0309 on secret spare"
cp entry.kept entry.stay

say "what is not there, or does not compile"
expect 1 "$backstay" diff nowhere:entry.stay entry.stay
says "git has no"
echo 'nonsense {' >>entry.stay
expect 2 "$backstay" diff HEAD:entry.stay entry.stay
says "does not compile"
