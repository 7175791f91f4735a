#!/usr/bin/env bash
# What an imported file may not do unless the policy grants it: run commands, name secrets, bring
# targets, silence findings; and what it may never do: be a file outside of the policy's folder.
source "$(dirname "$0")/lib.sh"

mkdir "$scratch/policies"
cd "$scratch/policies"

# entry GRANTS: the policy, with the import of ./brought.stay as it is granted.
entry() {
  cat >entry.stay <<STAY
language 1
policy entry

zone UTC

import "./brought.stay"${1:+ with $1}

site dc1

host here {
    at dc1
}

secret known {
    file /etc/known
}

target local {
    directory /srv/backup on here
}

schedule nightly {
    every day at 02:30
    window 1h
}

retention standard {
    daily 7
    at-least 3
}

service own {
    on here
    path /srv/own as data
}

backup all-of-it {
    cover all services
    run nightly
    to local keep standard
}
STAY
}

# brings GRANT WHAT TEXT…: the import is refused, says why, and passes that hurdle with the grant.
brings() {
  local grant=$1
  printf 'language 1\nlibrary brought\n\n%b' "$3" >brought.stay
  entry ""
  expect 2 "$backstay" check entry.stay
  says "BST0127"
  says "brings $grant"
  entry "$grant"
  output=$("$backstay" check entry.stay 2>&1) || true
  says_not "BST0127"
  local word
  for word in hooks secrets targets allows; do
    if [ "$word" != "$grant" ]; then
      entry "$word"
      output=$("$backstay" check entry.stay 2>&1) || true
      says "brings $grant"
    fi
  done
}

# in_service GRANT FACT: the same of a fact in a brought service and in a brought profile.
in_service() {
  brings "$1" "$2" "service evil {\n    on here\n    path /srv/evil as data\n    $2\n}\n"
  brings "$1" "$2" "profile evil {\n    path /srv/evil as data\n    $2\n}\n"
}

say "commands of every kind are hooks"
for hook in before-backup after-backup before-restore after-restore check; do
  in_service hooks "$hook [\"/bin/sh\", \"-c\", \"id\"]"
done
in_service hooks 'export dump run ["/bin/cat", "/etc/shadow"]'
in_service hooks 'export dump run ["/bin/true"] import ["/bin/sh"]'
brings hooks notify 'notify evil {\n    command ["/bin/sh"]\n    on success\n}\n'
brings hooks drill 'drill evil {\n    run nightly\n    restore own from local into sandbox\n    expect run ["/bin/sh"]\n}\n'

say "secrets are neither brought nor named"
brings secrets file 'secret evil {\n    file /etc/shadow\n}\n'
brings secrets credential 'secret evil {\n    credential "evil"\n}\n'
brings secrets login 'mariadb evil {\n    on here\n    socket /run/evil\n    login known\n}\n'
brings secrets webhook 'notify evil {\n    webhook known\n    on success\n}\n'
brings secrets healthcheck 'notify evil {\n    healthcheck known\n    on success\n}\n'
brings secrets identity 'key evil {\n    recipient "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"\n    identity known\n}\n'

say "a secret's command is a command, too"
printf 'language 1\nlibrary brought\n\nsecret evil {\n    command ["/bin/sh"]\n}\n' >brought.stay
entry secrets
expect 2 "$backstay" check entry.stay
says "brings hooks"
entry hooks
expect 2 "$backstay" check entry.stay
says "brings secrets"
entry "hooks, secrets"
output=$("$backstay" check entry.stay 2>&1) || true
says_not "BST0127"

say "targets and allows are not brought"
brings targets directory 'target evil {\n    directory /mnt/evil on here\n}\n'
brings targets rsync 'target evil {\n    rsync "evil@example.org:/data"\n}\n'
brings allows allow 'allow BST0308 on service own because "no" until 2099-01-01\n'

say "what an import imports counts as its own"
printf 'language 1\nlibrary brought\n\nimport "./deeper.stay" with hooks\n' >brought.stay
printf 'language 1\nlibrary deeper\n\nservice evil {\n    on here\n    path /srv/evil as data\n    check ["/bin/sh"]\n}\n' >deeper.stay
entry ""
expect 2 "$backstay" check entry.stay
says "brings hooks"

say "no spelling and no link leads out of the policy's folder"
printf 'language 1\nlibrary outside\n\nsite outside\n' >"$scratch/outside.stay"
mkdir sub "$scratch/elsewhere"
cp "$scratch/outside.stay" "$scratch/elsewhere/outside.stay"
ln -s "$scratch/outside.stay" absolute.stay
ln -s ../outside.stay relative.stay
ln -s /etc/passwd passwd.stay
ln -s /dev/zero zero.stay
ln -s "$scratch/elsewhere" folder
ln -s absolute.stay twice.stay
for import in ../outside.stay ./sub/../../outside.stay "$scratch/outside.stay" ./absolute.stay ./relative.stay \
  ./passwd.stay ./zero.stay ./folder/outside.stay ./twice.stay file:///etc/passwd https://example.org/x.stay; do
  entry ""
  sed -i "s|\./brought.stay|$import|" entry.stay
  expect 2 "$backstay" check entry.stay
  says "BST0124"
  says_not "root:"
done

say "a link within the folder is an import like any other"
printf 'language 1\nlibrary brought\n\nservice more {\n    on here\n    path /srv/more as data\n}\n' >sub/real.stay
rm -f brought.stay
ln -s sub/real.stay brought.stay
entry ""
expect 0 "$backstay" check entry.stay

say "an import of no file is told as that"
rm -f brought.stay
entry ""
expect 2 "$backstay" check entry.stay
says "BST0123"
says_not "BST0124"

say "of all files of a folder the policies are checked, not what lies beside them"
printf 'language 1\nlibrary brought\n\nsite elsewhere\n' >brought.stay
printf 'language 1\n\ntest "x" of "./entry.stay" {\n}\n' >entry.test.stay
expect 0 "$backstay" check brought.stay entry.stay entry.test.stay
says "brought.stay: left out"
says "entry.test.stay: left out"
says_not "BST0122"
printf 'language 1\nlibrary brought\n\nsite elsewhere {{\n' >brought.stay
expect 2 "$backstay" check brought.stay entry.test.stay
says "BST00"
expect 2 "$backstay" check entry.test.stay
says "none of the files is a policy"
