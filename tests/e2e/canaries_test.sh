#!/usr/bin/env bash
# A canary in every secret: logins by file, by command and by credential, the password file of PostgreSQL, an
# identity of age, addresses of notices, a configuration of rclone, the password of a restic repository, the caller's
# environment, configurations that are backed up, what hooks hold. Then everything
# is run on a booted machine, and every argument vector and environment of every program that was started, all
# output, logs, journals, plans, manifests, records, units and temporary directories are searched. Last the
# control: a tool that leaks is caught.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"
exec_log=${2:?the path of exec_log}
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT

# --- secrets ----------------------------------------------------------------------------------------

canary() { echo "canary-$1-$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')"; }
declare -A canaries=()
for name in file command credential postgres session token mysqlpwd pgpassword oslo rabbit hook unit webhook ping rclone restic; do
  canaries[$name]=$(canary $name)
done
booted_make_root "$root"
mkdir -p "$machine"/local/bin "$root"/{srv/out,etc/backstay,etc/app,etc/vault,opt/leaky,var/lib/mysql,var/lib/pg}
cp "$backstay" "$machine/local/bin/backstay"
cp "$exec_log" "$machine/local/bin/exec_log"
age-keygen -o "$root/etc/vault/identity.txt" 2>/dev/null
age-keygen -o "$scratch/escrow.txt" 2>/dev/null
canaries[identity]=$(grep -o 'AGE-SECRET-KEY-[A-Z0-9]*' "$root/etc/vault/identity.txt")
option_file() { printf '[client]\nuser = %s\npassword = %s\n' "$1" "${canaries[$1]}"; }
option_file file >"$root/etc/backstay/file.cnf"
option_file command >"$root/etc/vault/command.cnf"
option_file credential >"$root/etc/vault/credential.cnf"
printf '*:*:*:backstay:%s\n' "${canaries[postgres]}" >"$root/etc/backstay/pgpass"
echo "http://127.0.0.1:8099/hooks/${canaries[webhook]}" >"$root/etc/backstay/webhook.url"
echo "http://127.0.0.1:8099/ping/${canaries[ping]}" >"$root/etc/backstay/ping.url"
printf '[far]\ntype = local\nsecret_access_key = %s\n' "${canaries[rclone]}" >"$root/etc/backstay/rclone.conf"
echo "${canaries[restic]}" >"$root/etc/backstay/restic.password"
chmod 0600 "$root"/etc/backstay/* "$root"/etc/vault/*
# What takes notices, once it is started: an address that nobody answers comes first.
cat >"$root/etc/vault/sink.py" <<'END'
import http.server
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.end_headers()
        open("/etc/vault/taken", "a").write(self.path + "\n")
    do_GET = do_POST
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", 8099), Sink).serve_forever()
END
printf '[database]\nconnection = mysql+pymysql://app:%s@localhost/app\n[DEFAULT]\ntransport_url = rabbit://app:%s@mq\n' \
  "${canaries[oslo]}" "${canaries[rabbit]}" >"$root/etc/app/app.conf"
echo "TOKEN=${canaries[unit]}" >"$root/etc/app/environment"

# The hook says what its environment is, prints a password as tools do, and looks at the temporary places in
# the middle of the run; in a drill's sandbox the configuration itself is what was restored.
cat >"$machine/local/bin/app-hook" <<END
#!/bin/sh
env >>/srv/out/hook-environment
echo "warning: password=\$(cat /etc/vault/hook) is weak" >&2
grep -rlaF -f /etc/vault/canaries /tmp /run /var/tmp /dev/shm /var/lib/backstay 2>/dev/null |
  grep -v -e '^/run/creds/' -e '^/var/tmp/backstay-drill-[^/]*/files/ctl/etc/app/' >>/srv/out/found-in-between
[ ! -e /srv/refuse-\$1 ]
END
printf '#!/bin/sh\ncat /etc/vault/command.cnf\n' >"$machine/local/bin/vault"
chmod 0755 "$machine"/local/bin/*
echo "${canaries[hook]}" >"$root/etc/vault/hook"
for name in "${!canaries[@]}"; do
  echo "${canaries[$name]}"
  printf %s "${canaries[$name]}" | base64 -w0 | sed 's/=*$/\n/;s/.\n$/\n/'
done >"$root/etc/vault/canaries"
[ "$(wc -l <"$root/etc/vault/canaries")" = 34 ] || die "the canaries are not 34 lines"

cat >"$root/etc/systemd/system/app.service" <<'END'
[Service]
EnvironmentFile=/etc/app/environment
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
cat >"$root/etc/systemd/system/pg.service" <<END
[Service]
Type=notify
User=postgres
RuntimeDirectory=pg
ExecStart=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/postgres -D /var/lib/pg -k /run/pg -h '' -c fsync=off
END

# --- policy -----------------------------------------------------------------------------------------

policy() { # EXTRA…
  cat <<END
language 1
policy app
zone UTC
site here
site away
host ctl {
    at here
}
secret file {
    file /etc/backstay/file.cnf
}
secret command {
    command ["vault"]
}
secret credential {
    credential "db"
}
secret pgpass {
    file /etc/backstay/pgpass
}
secret opener {
    file /etc/vault/identity.txt
}
secret webhook {
    file /etc/backstay/webhook.url
}
secret ping {
    file /etc/backstay/ping.url
}
secret cloud {
    file /etc/backstay/rclone.conf
    escrow "envelope 3" at away
}
secret repository {
    file /etc/backstay/restic.password
    escrow "envelope 4" at away
}
notify operators {
    webhook webhook
    healthcheck ping
    command ["app-hook", "told"]
    on failure, recovery, success
}
target offsite {
    rclone "far:/srv/far"
    login cloud
    at away
    media object
    seal vault
}
target repo {
    restic "/srv/repo"
    login repository
    at away
    media object
    seal vault
}
key vault {
    recipient "$(age-keygen -y "$root/etc/vault/identity.txt")" escrow "envelope 1" at away
    recipient "$(age-keygen -y "$scratch/escrow.txt")" escrow "envelope 2" at away
    identity opener
}
$(for name in file command credential; do
    printf 'mariadb by-%s {\n    on ctl\n    socket /run/mysqld/mysqld.sock\n    login %s\n    datadir /var/lib/mysql\n    units mariadb\n}\n' $name $name
  done)
postgresql pg {
    on ctl
    socket /run/pg
    login pgpass
    datadir /var/lib/pg
}
service app {
    on ctl
    path /etc/app as etc
    database one on by-file
    database two on by-command
    database three on by-credential
    database four on pg
    units app
    quiesce stop
    before-backup ["app-hook", "before"]
    after-backup ["app-hook", "after"]
    before-restore ["app-hook", "restoring"]
    after-restore ["app-hook", "restored"]
    check ["app-hook", "check"] within 1s
}
target local {
    directory /srv/store on ctl
    media disk
    seal vault
}
schedule nightly {
    every day at 02:30
    window 15m
}
retention standard {
    daily 7
}
backup app {
    cover all services
    run nightly
    notify operators
    to local keep standard
    copy to offsite keep standard
    copy to repo keep standard
}
drill practice {
    run nightly
    restore all services from local into sandbox
    expect file /etc/app/app.conf
    expect run ["app-hook", "drilled"]
}
END
}

# --- running ----------------------------------------------------------------------------------------

# As an operator's shell with secrets in its environment. Each call's output is kept.
calls=0
tool() { # CODE ARGUMENT…
  local wanted=$1
  shift
  calls=$((calls + 1))
  {
    echo "backstay $*"
    in_systemd env "SESSION=${canaries[session]}" "AWS_SECRET_ACCESS_KEY=${canaries[token]}" "MYSQL_PWD=${canaries[mysqlpwd]}" \
      "PGPASSWORD=${canaries[pgpassword]}" CREDENTIALS_DIRECTORY=/run/creds ${failpoint:+"BACKSTAY_FAILPOINT=$failpoint"} \
      ${programs:+"BACKSTAY_TEST_PROGRAMS=$programs"} /usr/local/bin/exec_log "/srv/out/starts-$calls" /usr/local/bin/backstay "$@"
  } >"$root/srv/out/said-$calls" 2>&1 && code=0 || code=$?
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted: $*"$'\n'"$(tail -n 30 "$root/srv/out/said-$calls")"
}

# Prints where a canary is. What is theirs is left out: where they live, and the program's own environment.
starts_with_canaries() {
  local file
  for file in "$root"/srv/out/starts-*; do
    awk '/^exec /{ count++ } !(count <= 1 && /^env /)' "$file" | grep -aF -f "$root/etc/vault/canaries" | sed "s|^|${file##*/}: |" || true
  done
}
# Trees of the service are where its configuration belongs: it, what was set aside of it, and nothing else.
files_with_canaries() {
  in_systemd journalctl --no-pager -o export >"$root/srv/out/journal"
  in_systemd sh -c 'grep -rlaF -f /etc/vault/canaries /srv /etc /var /root /tmp /run /dev/shm 2>/dev/null' |
    grep -v -E '^(/etc/vault/|/etc/backstay/(file.cnf|pgpass|webhook.url|ping.url|rclone.conf|restic.password)$|/etc/app(\.orig-[^/]*)?/|/run/creds/|/srv/out/starts-|/var/lib/(mysql|pg)/|/var/log/journal/)' || true
  cat "$root/srv/out/found-in-between"
}

say "a machine with two database servers, three logins and a sealed store"
boot_systemd "$machine"
in_systemd hostname ctl
new_creds() { in_systemd sh -c 'mkdir -pm 700 /run/creds; install -m 400 /etc/vault/credential.cnf /run/creds/db'; }
new_creds
in_systemd mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket >"$scratch/log" 2>&1 ||
  die "$(cat "$scratch/log")"
in_systemd chown postgres: /var/lib/pg
in_systemd setpriv --reuid=postgres --regid=postgres --init-groups "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/initdb" \
  -D /var/lib/pg --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$scratch/log" 2>&1 || die "$(cat "$scratch/log")"
in_systemd systemctl start mariadb pg
in_systemd systemctl enable -q --now app
for name in file command credential; do
  echo "CREATE USER $name@localhost IDENTIFIED BY '${canaries[$name]}'; GRANT ALL ON *.* TO $name@localhost WITH GRANT OPTION;"
done | in_systemd mariadb
in_systemd mariadb -e 'CREATE DATABASE one; CREATE DATABASE two; CREATE DATABASE three;
  CREATE TABLE one.t (i int); INSERT INTO one.t VALUES (1); CREATE TABLE two.t AS SELECT * FROM one.t; CREATE TABLE three.t AS SELECT * FROM one.t'
echo "CREATE ROLE backstay SUPERUSER LOGIN PASSWORD '${canaries[postgres]}'; CREATE DATABASE four;" |
  in_systemd psql -q -h /run/pg -U postgres
printf 'local all postgres trust\nlocal all all scram-sha-256\n' >"$root/var/lib/pg/pg_hba.conf"
in_systemd systemctl restart pg
policy >"$root/srv/app.stay"
touch "$root/srv/out/found-in-between"
plan=/srv/app.plan.yaml

say "every verb of a backup, also one that fails, one that is refused a login and one that is killed"
tool 0 check /srv/app.stay
tool 0 plan /srv/app.stay
tool 0 plan /srv/app.stay -o $plan
in_systemd restic -q --no-cache --repo /srv/repo --password-file /etc/backstay/restic.password init
lighten_restic "$root/srv/repo" "$root/etc/backstay/restic.password"
tool 0 store init $plan
tool 0 run $plan --dry-run
tool 0 run $plan --dry-run -f json
tool 0 run $plan
grep -q 'nobody is told' "$root/srv/out/said-$calls" || die "a notice that nobody takes is not told"
in_systemd ip link set lo up
in_systemd systemd-run -q python3 /etc/vault/sink.py
wait_for "the sink" in_systemd curl -s http://127.0.0.1:8099/
snapshot=$(in_systemd backstay list $plan -f json | jq -r '.snapshots[0].id')
tool 0 run $plan -f jsonl
touch "$root/srv/refuse-before"
tool 1 run $plan
rm "$root/srv/refuse-before"
in_systemd mariadb -e "ALTER USER command@localhost IDENTIFIED BY 'another'; ALTER USER file@localhost IDENTIFIED BY 'another'"
in_systemd psql -q -h /run/pg -U postgres -c "ALTER ROLE backstay PASSWORD 'another'"
tool 3 run $plan
printf "ALTER USER command@localhost IDENTIFIED BY '%s'; ALTER USER file@localhost IDENTIFIED BY '%s'" \
  "${canaries[command]}" "${canaries[file]}" | in_systemd mariadb
echo "ALTER ROLE backstay PASSWORD '${canaries[postgres]}'" | in_systemd psql -q -h /run/pg -U postgres
failpoint=units.stopped:1:kill tool 137 run $plan
tool 0 recover

say "by a service, so that the journal has it all"
in_systemd systemd-run -q --wait --unit=by-timer -p Environment=CREDENTIALS_DIRECTORY=/run/creds \
  /usr/local/bin/backstay run $plan -f jsonl || die "$(in_systemd journalctl --no-pager -o cat -u by-timer | tail -5 | cut -c1-3000)"
tool 0 schedule install $plan
tool 0 schedule list $plan

say "every verb that looks"
for words in "list $plan --from offsite" "ls $plan latest --from repo" "verify $plan latest --from offsite" \
  "verify $plan latest --from repo" "list $plan" "list $plan -f json" "ls $plan latest" "status $plan" "status $plan -f json" logs "logs -f json" \
  "logs latest" "show $plan" "graph $plan" "changes $plan" "verify $plan latest --level 2 --identity /etc/vault/identity.txt" \
  "store check $plan" "prune $plan --dry-run" "explain /etc/app/app.conf /srv/app.stay"; do
  tool 0 $words
done

tool 0 doctor $plan --identity /etc/vault/identity.txt --send

say "restores: looked at, refused a login, killed, gone on with, undone, committed"
identity='--identity /etc/vault/identity.txt'
tool 0 restore $plan $identity --in-place --dry-run
in_systemd mariadb -e 'DELETE FROM one.t; DROP TABLE three.t; CREATE TABLE two.later (i int)'
echo broken >"$root/etc/app/app.conf.new"
failpoint=restore-mariadb.renamed:1:kill tool 137 restore $plan $identity --in-place --yes
tool 0 status $plan
tool 0 restore $plan $identity --in-place --yes
tool 0 restore --undo latest --dry-run
tool 0 restore --undo latest --discard-later
in_systemd mv /run/creds/db /run/creds/away
tool 12 restore $plan $identity --in-place --yes
in_systemd mv /run/creds/away /run/creds/db
tool 0 restore $plan $identity --in-place --yes
tool 0 restore --commit latest
tool 0 restore $plan $identity --component app.etc --to /etc/app/beside
databases='--database one --database two --database three'
tool 0 restore $plan $identity $databases --in-place-without-orig --yes --dry-run
failpoint=restore-mariadb.renamed:1:kill tool 137 restore $plan $identity $databases --in-place-without-orig --yes
tool 0 restore $plan $identity $databases --in-place-without-orig --yes
in_systemd mariadb -e 'INSERT INTO one.t VALUES (7)'
tool 12 restore --undo latest --discard-later
tool 0 restore --undo latest --discard-later $identity
[ "$(in_systemd mariadb -Ne 'SELECT i FROM one.t; SELECT i FROM three.t')" = $'1\n1' ] || die "the rows after the undo are others"
tool 0 restore $plan $identity --from repo --component app.etc --to /etc/app/from-repo
tool 0 restore $plan $identity --from offsite --component app.etc --to /etc/app/from-offsite
touch "$root/srv/refuse-restoring"
tool 1 restore $plan $identity --in-place --yes
rm "$root/srv/refuse-restoring"

say "data files: copied, looked at, brought back beside, drilled; and with a login that is refused"
cat >"$root/srv/files.stay" <<'END'
language 1
policy files
zone UTC
host ctl
secret login {
    file /etc/backstay/file.cnf
}
mariadb whole {
    on ctl
    socket /run/mysqld/mysqld.sock
    login login
    datadir /var/lib/mysql
    method physical
    units mariadb
}
service app {
    on ctl
    database one on whole
}
target shelf {
    directory /srv/files on ctl
    media disk
}
schedule nightly {
    every day at 02:30
    window 15m
}
retention standard {
    daily 7
}
backup files {
    cover all services
    run nightly
    to shelf keep standard
}
drill practice {
    run nightly
    restore all services from shelf into sandbox
}
END
files=/srv/files.plan.yaml
tool 0 plan /srv/files.stay -o $files
tool 0 store init $files
tool 0 run $files --dry-run
tool 0 run $files
in_systemd mariadb -e "ALTER USER file@localhost IDENTIFIED BY 'another'"
tool 12 run $files
printf "ALTER USER file@localhost IDENTIFIED BY '%s'" "${canaries[file]}" | in_systemd mariadb
tool 0 restore $files --in-place --dry-run
tool 0 restore $files --to /srv/beside
tool 0 drill $files
grep -qa mariadb-backup "$root"/srv/out/starts-* || die "mariadb-backup was not seen to start"

say "drills, one that proves and one that does not"
tool 0 drill $plan $identity
touch "$root/srv/refuse-drilled"
tool 5 drill $plan $identity
tool 0 status $plan
tool 0 logs -f json

say "not a canary anywhere"
for name in webhook ping; do grep -q "/${canaries[$name]}$" "$root/etc/vault/taken" || die "no notice came by $name"; done
grep -qa ' arg restic' "$root"/srv/out/starts-* || grep -qa restic "$root"/srv/out/starts-* || die "restic was not seen to start"
grep -qa rclone "$root"/srv/out/starts-* || die "rclone was not seen to start"
[ "$(cat "$root"/srv/out/starts-* | grep -c '^exec ')" -gt 200 ] || die "too few programs were seen to start"
grep -qa -- '--single-transaction' "$root"/srv/out/starts-* || die "no dump was seen to start"
[ "$(grep -c ^PATH= "$root/srv/out/hook-environment")" -gt 10 ] || die "the hooks did not run"
found=$(starts_with_canaries)
[ -z "$found" ] || die "in arguments or environments: $found"
found=$(files_with_canaries)
[ -z "$found" ] || die "in files: $found"
grep -qa 'password=\*\*\* is weak' "$root/srv/out/journal" "$root"/srv/out/said-* || die "nothing that a hook said was kept: what was searched?"

say "the control: a tool that leaks is caught, each of its ways"
cat >"$root/opt/leaky/mariadb-dump" <<'END'
#!/bin/bash
for word; do case $word in --defaults-extra-file=*) file=${word#*=} ;; esac; done
password=$(sed -n 's/^password *= *//p' "$file")
env "--argv0=true" true 2>/dev/null "$password"
LEAKED=$password /usr/bin/true
echo "$password" >/tmp/leaked
echo "$password" >/var/tmp/leaked
echo "token $password" >&2
exec /usr/bin/mariadb-dump "$@"
END
chmod 0755 "$root/opt/leaky" "$root/opt/leaky/mariadb-dump"
rm "$root"/srv/out/starts-*
code=0
programs=/opt/leaky tool 3 run $plan
found=$(starts_with_canaries)
grep -q ' arg canary-file' <<<"$found" || die "a canary in arguments is not found: $found"
grep -q ' env LEAKED=canary-file' <<<"$found" || die "a canary in an environment is not found: $found"
found=$(files_with_canaries | sort | uniq)
[ "$found" = $'/tmp/leaked\n/var/tmp/leaked' ] || die "not the two files with canaries are found: $found"
grep -qa 'token' "$root/srv/out/said-$calls" || die "what the tool said is not told"
