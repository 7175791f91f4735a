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

say "what is not there, or does not compile"
expect 1 "$backstay" diff nowhere:entry.stay entry.stay
says "git has no"
echo 'nonsense {' >>entry.stay
expect 2 "$backstay" diff HEAD:entry.stay entry.stay
says "does not compile"
