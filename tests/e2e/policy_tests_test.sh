#!/usr/bin/env bash
# `backstay test`: every kind of expectation, met and not met; what makes no sense; the machine's output.
source "$(dirname "$0")/lib.sh"

cd "$scratch"
cat >entry.stay <<'STAY'
language 1
policy entry

zone "Europe/Berlin"

host here

service base {
    on here
    path /opt/base
    sqlite /var/base.sqlite as db
}

service notes {
    on here
    needs base
    path /srv as data
    except /srv/cache because "made again"
    keep /srv/cache/kept
}

service alone {
    on here
    path /opt/alone
}

backup all-of-it {
    cover all services
    run nightly
    to local keep standard
}

target local {
    directory /backup on here
}

retention standard {
    daily 7
}

schedule nightly {
    every day at 02:30
    window 15m
}
STAY

# tests FACT…: a file of tests with these facts.
tests() {
    printf 'language 1\n\nimport "./entry.stay"\n\ntest "one" {\n' >entry.test.stay
    printf '    %s\n' "$@" >>entry.test.stay
    printf '}\n' >>entry.test.stay
}

# meets FACT / fails FACT FOUND / refuses FACT FINDING
meets() {
    tests "$1"
    expect 0 "$backstay" test entry.test.stay
    says "ok    one  (entry.test.stay:5)"
}
fails() {
    tests "$1"
    expect 1 "$backstay" test entry.test.stay
    says "FAIL  one  (entry.test.stay:5)"
    says "entry.test.stay:6: $1"
    says "found: $2"
}
refuses() {
    tests "$1"
    expect 2 "$backstay" test entry.test.stay
    says "$2"
}

say "paths"
meets "selects /srv/notes.txt"
meets "selects /srv/cache/kept/x"
meets "selects /var/base.sqlite"
meets "leaves-out /srv/cache/x because-of /srv/cache"
meets "leaves-out /etc/passwd"
fails "selects /srv/cache/x" "except /srv/cache takes it out of notes.data"
fails "selects /etc/passwd" "no path holds it"
fails "selects /srv/x.orig-20261122T023000Z-1a2b3c4d" "\`x.orig-20261122T023000Z-1a2b3c4d\` is a name of Backstay's own"
fails "leaves-out /srv/notes.txt" "notes.data selects it"
fails "leaves-out /srv/cache/kept/x" "keep /srv/cache/kept brings it back into notes.data"
fails "leaves-out /srv/cache/x because-of /srv/other" "except /srv/cache takes it out of notes.data"
refuses "selects /srv/*" "BST0223"

say "order"
meets "captures base.db before notes.data"
meets "captures notes.data before base.base"
fails "captures base.base before notes.data" "archive.notes.data@here comes before archive.base.base@here"
fails "captures alone.alone before base.base" "archive.alone.alone@here and archive.base.base@here wait for nothing of each other"
meets "restores base before notes"
fails "restores notes before base" "files.base.base@here comes before files.notes.data@here"
fails "restores alone before base" "files.alone.alone@here and files.base.base@here wait for nothing of each other"
refuses "captures notes.date before base.base" "did you mean \`notes.data\`?"
refuses "restores bases before notes" "did you mean \`base\`?"

say "times and findings"
meets "fires nightly at 2027-03-28T01:00Z"
meets "fires nightly at 2027-07-01T00:30Z"
fails "fires nightly at 2027-07-01T02:30Z" "it fires before it at 2027-07-01T00:30Z and after it at 2027-07-02T00:30Z"
meets "finds BST0403"
fails "finds BST0301" "the policy has BST0403"
refuses "finds BST9999" "there is no finding"
refuses "fires nighty at 2027-07-01T02:30Z" "did you mean \`nightly\`?"
meets "keeps all-of-it at local after 400d exactly 7"
meets "keeps all-of-it at local after 49h exactly 2"
fails "keeps all-of-it at local after 400d exactly 8" "7 points"
refuses "keeps all-of-it at locals after 400d exactly 7" "did you mean \`local\`?"
refuses "keeps all-of-it at local after 9999d exactly 7" "BST0222"

say "the machine's output"
tests "selects /etc/passwd" "selects /srv/x"
code=0
"$backstay" test entry.test.stay --format json >out.json || code=$?
[ "$code" = 1 ] || die "exit $code"
jq -e '.tests == 1 and .failed == 1 and .files[0].tests[0].failures[0].line == 6
       and .files[0].tests[0].failures[0].found == "no path holds it"' out.json >/dev/null ||
  die "the JSON is not as documented: $(cat out.json)"

say "without FILE: all below, hidden directories apart"
mkdir sub .hidden
tests "selects /srv/x"
cp entry.stay entry.test.stay sub/
cp entry.stay .hidden/
echo nonsense >.hidden/entry.test.stay
expect 0 "$backstay" test
says "sub/entry.test.stay:5"
says "2 tests, 0 failed"
cd .hidden && rm entry.test.stay
expect 2 "$backstay" test
says "there is no \`*.test.stay\`"
cd ..

say "files that make no sense"
tests "selects /srv/x"
sed -i '/import/d' entry.test.stay
expect 2 "$backstay" test entry.test.stay
says "do not import the policy"
tests "selects /srv/x"
sed -i '3s/.*/&\nhost there/' entry.test.stay
expect 2 "$backstay" test entry.test.stay
says "\`host\` stands in a file of tests"
tests "selects /srv/x"
sed -i 's|"./entry.stay"|"../entry.stay"|' entry.test.stay
expect 2 "$backstay" test entry.test.stay
says "leads out of the folder"
tests
expect 2 "$backstay" test entry.test.stay
says "expects nothing"
tests "selects /srv/x"
mv entry.stay gone.stay
expect 2 "$backstay" test entry.test.stay
says "cannot be read"

say "a policy with an error: reported, unless a test expects it"
sed 's|path /opt/alone|path /srv/alone|' gone.stay >entry.stay
expect 2 "$backstay" test entry.test.stay
says "BST0305"
meets "finds BST0305"
tests "finds BST0305" "selects /srv/x"
expect 1 "$backstay" test entry.test.stay
says "found: the policy does not compile"

say "tests are no part of a policy"
expect 2 "$backstay" check entry.test.stay
says "these are tests, which \`backstay test\` runs"

say "every profile of the standard library is tested, and the tests pass"
cd "$source_dir/tests/stdlib"
while read -r library; do
  name=$(tr / . <<<"${library%.stay}")
  grep -qx "import $name" ./*.stay || die "no policy here imports $name"
  # The profile that bears the library's last name has the library's name; what is common to several is
  # tested through them.
  while read -r profile; do
    from=$name.$profile
    if [ "$profile" = "${name##*.}" ]; then from=$name; fi
    grep -q "^service .* from $from {" ./*.stay || die "no service here starts from $from"
  done < <(sed -n 's/^profile \([a-z0-9_-]*\).*/\1/p' "$source_dir/stdlib/policies/$library" |
    grep -v 'common$')
done < <(cd "$source_dir/stdlib/policies" && find . -name '*.stay' -printf '%P\n')
for policy in ./*.stay; do
  case $policy in
    *.test.stay) ;;
    *)
      expect 0 "$backstay" check --deny warnings "$policy"
      [ -e "${policy%.stay}.test.stay" ] || die "no tests of $policy"
      ;;
  esac
done
expect 0 "$backstay" test
says " 0 failed"
expect 0 "$backstay" test "$source_dir/examples/02-controller/controller.test.stay"
