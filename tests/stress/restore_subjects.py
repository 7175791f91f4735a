"""What kill_restores.py restores: an engine with a good state that is in the backup, a bad one that it
becomes after it, and the eyes to tell one from the other. Servers are private and end with the subject."""

import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import time

import real_store

POLICY = """language 1
policy {name}
zone UTC
host here
{servers}
service cloud {{
    on here
{facts}
}}
target local {{
    directory {base}/store on here
    media disk
}}
schedule nightly {{
    every day at 02:30
    window 1h
}}
retention few {{
    last 5
    at-least 1
}}
backup cloud {{
    cover all services
    run nightly
    to local keep few
}}
"""


class Subject:
    """Common to all: the program, a policy, one snapshot, two states."""

    name = "subject"
    servers = ""
    facts = ""
    in_place = "--in-place"

    def __init__(self, program, base):
        self.program, self.base = program, base
        self.plan = f"{base}/plan.yaml"
        self.restore = ("restore", self.plan, "--snapshot", "1", self.in_place, "--yes")
        self.undo = ("restore", "--undo", "latest")
        self.commit = ("restore", "--commit", "latest")
        self.states = {}
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
                    "BACKSTAY_CONFIG_DIR": f"{base}/config", "BACKSTAY_STATE_DIR": f"{base}/state"}

    def prepare(self):
        """Backs up the good state, then leaves the bad one."""
        self.make()
        with open(f"{self.base}/policy.stay", "w") as policy:
            policy.write(POLICY.format(name=self.name.replace("-", ""), base=self.base,
                                       servers=self.servers.format(base=self.base),
                                       facts=self.facts.format(base=self.base)))
        self.must("plan", f"{self.base}/policy.stay", "-o", self.plan)
        self.must("store", "init", self.plan)
        self.must("run", self.plan)
        self.states["good"] = self.state()
        self.damage()
        self.states["bad"] = self.state()
        if self.states["bad"] == self.states["good"]:
            raise real_store.Violation("there is nothing to restore")

    def make(self):
        raise NotImplementedError

    def damage(self):
        """From good to bad, the same each time."""
        raise NotImplementedError

    def state(self):
        """Lines that tell everything."""
        raise NotImplementedError

    def left(self):
        """What a restore set aside or had in the making."""
        raise NotImplementedError

    def half_way(self):
        """Looks at what a kill left."""

    def end(self):
        """Ends what was started."""

    def forget(self):
        """The records of restores: the next trial begins without."""
        real_store.remove(f"{self.base}/state/restores")

    def restores(self):
        return [one["restore"] for one in json.loads(self.must("logs", "-f", "json"))["restores"]]

    def call(self, *words, env=None):
        done = subprocess.run([self.program, *words], env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        return done.returncode, done.stdout

    def must(self, *words):
        code, output = self.call(*words)
        if code != 0:
            raise real_store.Violation(f"exit {code}: {' '.join(words)}: {output[-900:]}")
        return output

    def is_now(self, which, when):
        now, then = self.state(), self.states[which]
        if now != then:
            lost = [line for line in then if line not in set(now)][:4]
            more = [line for line in now if line not in set(then)][:4]
            raise real_store.Violation(f"{when}, it is not {which}: lost {lost}, too much {more}")

    def nothing_left(self, when):
        found = self.left()
        if found:
            raise real_store.Violation(f"{when}: {found} is left")


def tree(top):
    """Every entry by kind, mode, owner, time, links and content; directories without their times. What a
    restore set aside is left out: an undo that lost of it shows in its place."""
    lines = []
    for above, directories, files in os.walk(top):
        directories[:] = [name for name in directories if ".orig-" not in name]
        files = [name for name in files if ".orig-" not in name]
        for name in sorted(directories + files):
            path = os.path.join(above, name)
            seen = os.lstat(path)
            what = ""
            if stat.S_ISLNK(seen.st_mode):
                what = os.readlink(path)
            elif stat.S_ISREG(seen.st_mode):
                with open(path, "rb") as file:
                    what = f"{seen.st_mtime_ns} {seen.st_nlink} {hashlib.sha256(file.read()).hexdigest()}"
            lines.append(f"{path} {seen.st_mode:o} {seen.st_uid}:{seen.st_gid} {what}")
    return sorted(lines)


def set_aside_below(*tops):
    """Names that a restore makes beside."""
    found = []
    for top in tops:
        found += [path for mark in ("*.orig-*", ".backstay-*", "*.backstay-new-*", ".*.backstay-*")
                  for path in glob.glob(f"{glob.escape(top)}/**/{mark}", recursive=True, include_hidden=True)]
    return sorted(set(found))


class Files(Subject):
    """A tree that is exchanged whole, one with something left out, a single file, a tree that is gone."""

    name = "files"
    facts = ("    path {base}/live/etc as etc\n    path {base}/live/var as var\n    except {base}/live/var/cache/* because \"made anew\"\n"
             "    path {base}/live/one.conf as one\n    path {base}/live/gone as gone")

    def write(self, name, text):
        path = f"{self.base}/live/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def make(self):
        for number in range(6):
            self.write(f"etc/conf.d/{number}.conf", f"good {number}\n" * 50)
            self.write(f"var/data/{number}/file", f"row {number}\n" * 500)
        self.write("etc/secret", "key\n")
        os.chmod(f"{self.base}/live/etc/secret", 0o600)
        os.link(f"{self.base}/live/var/data/1/file", f"{self.base}/live/var/data/linked")
        os.symlink("conf.d", f"{self.base}/live/etc/current")
        os.mkfifo(f"{self.base}/live/var/pipe")
        self.write("var/cache/left-out", "cached\n")
        self.write("one.conf", "good\n")
        self.write("gone/file", "good\n")

    def damage(self):
        live = f"{self.base}/live"
        for path in ("etc/conf.d/3.conf", "var/data/2/file", "one.conf"):
            os.utime(self.write(path, "broken\n"), ns=(10**18, 10**18))
        os.utime(self.write("etc/newer", "newer\n"), ns=(10**18, 10**18))
        os.utime(self.write("var/later/file", "later\n"), ns=(10**18, 10**18))
        os.remove(f"{live}/var/data/4/file")
        os.remove(f"{live}/var/pipe")
        os.utime(self.write("var/pipe/inside", "a directory now\n"), ns=(10**18, 10**18))
        os.chmod(f"{live}/var/data/5", 0o700)
        shutil.rmtree(f"{live}/gone")

    def state(self):
        return tree(f"{self.base}/live")

    def left(self):
        return set_aside_below(f"{self.base}/live")


class Sqlite(Subject):
    name = "sqlite"
    facts = "    sqlite {base}/live/one.sqlite as one\n    sqlite {base}/live/gone.sqlite as gone"

    def make(self):
        os.makedirs(f"{self.base}/live")
        for name in ("one", "gone"):
            self.run(name, "PRAGMA journal_mode=WAL; CREATE TABLE t (i INTEGER PRIMARY KEY, x TEXT)")
            for number in range(200):
                self.run(name, f"INSERT INTO t VALUES ({number}, 'row {number}')")

    def run(self, name, sql):
        with sqlite3.connect(f"{self.base}/live/{name}.sqlite") as session:
            session.executescript(sql)
        session.close()

    def damage(self):
        self.run("one", "DELETE FROM t WHERE i > 10; UPDATE t SET x = 'broken' WHERE i = 3; CREATE TABLE later (x)")
        for path in glob.glob(f"{self.base}/live/gone.sqlite*"):
            os.remove(path)

    def state(self):
        lines = []
        for path in sorted(glob.glob(f"{self.base}/live/*.sqlite")):
            session = sqlite3.connect(path)
            lines += [os.path.basename(path), str(session.execute("PRAGMA integrity_check").fetchall())]
            lines += list(session.iterdump())
            session.close()
        return lines

    def left(self):
        return set_aside_below(f"{self.base}/live")


def ended(process):
    process.kill()
    process.wait()


class Mariadb(Subject):
    """Tables, code, views across databases, accounts, roles and grants; a database gone and one too many."""

    name = "mariadb"
    servers = "secret login {{\n    file {base}/login.cnf\n}}\nmariadb db {{\n    on here\n    socket {base}/socket\n    login login\n}}\n"
    facts = "    database cinder, glance, nova on db\n    path {base}/live as etc"
    good_sql = """
CREATE USER b@localhost IDENTIFIED BY 'b'; GRANT ALL ON *.* TO b@localhost WITH GRANT OPTION;
CREATE USER nova@'%' IDENTIFIED BY 'n'; CREATE USER gone@'%' IDENTIFIED BY 'g'; CREATE ROLE reader; GRANT reader TO nova@'%';
CREATE DATABASE nova; CREATE DATABASE glance COLLATE latin1_swedish_ci; CREATE DATABASE cinder;
CREATE TABLE nova.instances (id int PRIMARY KEY AUTO_INCREMENT, host varchar(40), b blob);
INSERT INTO nova.instances (host, b) SELECT CONCAT('c', seq), UNHEX(MD5(seq)) FROM mysql.seq_1_to_500;
CREATE TABLE nova.quota (id int PRIMARY KEY, instance int, CONSTRAINT of_instance FOREIGN KEY (instance) REFERENCES nova.instances (id));
INSERT INTO nova.quota VALUES (1, 1), (2, 2);
CREATE TABLE cinder.volumes (id int PRIMARY KEY); INSERT INTO cinder.volumes VALUES (1), (2);
CREATE TABLE glance.images (id int PRIMARY KEY, name text); INSERT INTO glance.images VALUES (1, 'a'), (2, 'b');
CREATE VIEW glance.used AS SELECT i.name, n.host FROM glance.images i JOIN nova.instances n ON i.id = n.id;
CREATE VIEW nova.shown AS SELECT name FROM glance.used;
CREATE TRIGGER nova.on_quota BEFORE INSERT ON nova.quota FOR EACH ROW SET NEW.id = NEW.id + 0;
CREATE PROCEDURE nova.tidy() DELETE FROM quota WHERE id = 0;
CREATE EVENT cinder.nightly ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01' DISABLE DO DELETE FROM cinder.volumes WHERE id = 0;
GRANT EXECUTE ON PROCEDURE nova.tidy TO nova@'%'; GRANT SELECT ON glance.images TO nova@'%';
"""
    bad_sql = """
DELETE FROM nova.instances WHERE id > 100; UPDATE nova.instances SET host = 'broken' WHERE id < 50; DROP TABLE nova.quota;
CREATE TABLE nova.junk (id int PRIMARY KEY) ENGINE=Aria; INSERT INTO nova.junk VALUES (7);
DROP PROCEDURE nova.tidy; CREATE PROCEDURE nova.other() SELECT 1; GRANT EXECUTE ON PROCEDURE nova.other TO nova@'%';
DROP VIEW nova.shown; CREATE VIEW nova.odd AS SELECT name FROM glance.used; ALTER DATABASE nova COLLATE utf8mb4_bin;
DROP USER gone@'%'; SET PASSWORD FOR nova@'%' = PASSWORD('other'); DROP ROLE reader; INSERT INTO glance.images VALUES (3, 'new');
DROP DATABASE cinder;
"""
    state_sql = """
SELECT 'schema', SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({ours});
SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ({ours});
SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, HEX(ACTION_STATEMENT), DEFINER, DATABASE_COLLATION FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA NOT IN ({ours});
SELECT 'routine', ROUTINE_SCHEMA, ROUTINE_NAME, HEX(ROUTINE_DEFINITION), DEFINER, DATABASE_COLLATION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN ({ours});
SELECT 'event', EVENT_SCHEMA, EVENT_NAME, HEX(EVENT_DEFINITION), STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA NOT IN ({ours});
SELECT 'view', TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN ({ours});
SELECT 'grant', User, Host, Db, Table_name, Table_priv FROM mysql.tables_priv;
SELECT 'grant', User, Host, Db, Routine_name, Proc_priv FROM mysql.procs_priv;
SELECT 'account', User, Host, Priv FROM mysql.global_priv WHERE User NOT IN ('root', 'mysql', 'mariadb.sys');
SELECT 'role', User, Host, Role FROM mysql.roles_mapping;
"""
    system = ("mysql", "sys", "information_schema", "performance_schema")

    def make(self):
        os.makedirs(f"{self.base}/live")
        with open(f"{self.base}/live/conf", "w") as file:
            file.write("good\n")
        with open(os.open(f"{self.base}/login.cnf", os.O_CREAT | os.O_WRONLY, 0o600), "w") as login:
            login.write("[client]\nuser = b\npassword = b\n")
        subprocess.run(["mariadb-install-db", "--no-defaults", "--force", "--user=root", f"--datadir={self.base}/data",
                        "--skip-test-db", "--auth-root-authentication-method=socket"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()
        self.ask(self.good_sql)

    def start(self):
        os.makedirs(f"{self.base}/tmp", exist_ok=True)  # a server that starts removes temporary tables, others' too
        with open(f"{self.base}/server.log", "ab") as log:
            self.server = subprocess.Popen(
                ["mariadbd", "--no-defaults", "--user=root", f"--datadir={self.base}/data", f"--socket={self.base}/socket",
                 "--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
                 "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--event-scheduler=OFF",
                 f"--tmpdir={self.base}/tmp"], stdout=log, stderr=log)
        for _ in range(600):
            if subprocess.run(self.client("--execute=SELECT 1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("FAILED: the server does not start: " + open(f"{self.base}/server.log").read()[-900:])

    def client(self, *words):
        return ["mariadb", "--no-defaults", f"--socket={self.base}/socket", "--batch", "--skip-column-names", *words]

    def ask(self, sql):
        return subprocess.run(self.client(), input=sql, text=True, errors="backslashreplace", check=True,
                              stdout=subprocess.PIPE).stdout.splitlines()

    def damage(self):
        self.ask(self.bad_sql)
        if "path" in self.facts:
            with open(f"{self.base}/live/conf", "w") as file:
                file.write("bad\n")
            os.utime(f"{self.base}/live/conf", ns=(10**18, 10**18))

    def state(self):
        lines = self.ask(self.state_sql.format(ours=", ".join(f"'{name}'" for name in self.system)))
        lines = [re.sub(r'"password_last_changed":\d+', "", line) for line in lines if "__orig_" not in line]
        tables = [line.split("\t") for line in lines if line.startswith("table\t")]
        sql = "".join(f"SELECT '{schema}.{table}', t.* FROM `{schema}`.`{table}` t ORDER BY 2;\n"
                      f"SHOW CREATE TABLE `{schema}`.`{table}`;\n" for _, schema, table, kind, *_ in sorted(tables) if kind == "BASE TABLE")
        return sorted(lines) + self.ask(sql) + tree(f"{self.base}/live")

    def left(self):
        return set_aside_below(f"{self.base}/live") + self.ask(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\\_\\_orig\\_%' OR SCHEMA_NAME LIKE '%\\_\\_backstay\\_%'")

    def end(self):
        if hasattr(self, "server"):
            ended(self.server)


class MariadbWithoutOrig(Mariadb):
    """No room for the old tables: the way back leads through a snapshot."""

    name = "mariadb-without-orig"
    in_place = "--in-place-without-orig"
    facts = "    database cinder, glance, nova on db"


class DataFiles(Mariadb):
    """The data files of a whole server, which stands still meanwhile."""

    name = "data-files"
    facts = "    database cinder, glance, nova on db"
    servers = ("mariadb db {{\n    on here\n    socket {base}/socket\n    datadir {base}/data\n    method physical\n}}\n")

    def call(self, *words, env=None):
        still = words[0] == "restore"
        if still:
            self.stop()
        try:
            return super().call(*words, env=env)
        finally:
            if still:
                self.start()

    def __init__(self, program, base):
        super().__init__(program, base)
        self.undo += ("--discard-later",)

    def make(self):
        super().make()
        self.stop()  # counters of tables are from now on what the files say
        self.start()

    def stop(self):
        """In good order: it is the restore that is killed here."""
        self.server.terminate()
        self.server.wait()

    def damage(self):
        super().damage()
        self.ask("CREATE DATABASE later")

    def left(self):
        return set_aside_below(f"{self.base}/live") + glob.glob(f"{self.base}/data.*")


class Postgresql(Subject):
    """Tables, settings, roles and grants; a database gone, one changed."""

    name = "postgresql"
    servers = "secret login {{\n    file {base}/pgpass\n}}\npostgresql db {{\n    on here\n    socket {base}/run\n    login login\n}}\n"
    facts = "    database gnocchi, aodh on db"
    good_sql = """
CREATE ROLE backup LOGIN SUPERUSER PASSWORD 'b'; CREATE ROLE gnocchi LOGIN PASSWORD 'g' CONNECTION LIMIT 40; CREATE ROLE readers;
GRANT readers TO gnocchi; ALTER ROLE gnocchi SET statement_timeout = '5min';
CREATE DATABASE gnocchi OWNER gnocchi; ALTER DATABASE gnocchi SET work_mem = '8MB'; GRANT CONNECT ON DATABASE gnocchi TO readers;
CREATE DATABASE aodh OWNER gnocchi TEMPLATE template0;
\\connect gnocchi
CREATE SCHEMA metrics AUTHORIZATION gnocchi;
CREATE TABLE metrics.metric (id serial PRIMARY KEY, name text NOT NULL UNIQUE, raw bytea);
INSERT INTO metrics.metric (name, raw) SELECT 'metric ' || g, decode(md5(g::text), 'hex') FROM generate_series(1, 500) g;
CREATE VIEW metrics.names AS SELECT name FROM metrics.metric;
CREATE FUNCTION metrics.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON metrics.metric FOR EACH ROW EXECUTE FUNCTION metrics.touch();
GRANT SELECT ON metrics.names TO readers; SELECT lo_from_bytea(4711, 'a large object');
\\connect aodh
CREATE TABLE alarm (id int PRIMARY KEY, state text); INSERT INTO alarm SELECT g, 'ok' FROM generate_series(1, 50) g;
"""
    bad_sql = """
ALTER DATABASE gnocchi SET work_mem = '9MB'; ALTER ROLE gnocchi PASSWORD 'md5b1a2c3d4e5f60718293a4b5c6d7e8f90'; DROP DATABASE aodh;
\\connect gnocchi
DELETE FROM metrics.metric WHERE id > 20; UPDATE metrics.metric SET name = 'broken' WHERE id = 3; DROP FUNCTION metrics.touch CASCADE;
CREATE TABLE public.later (x int); INSERT INTO public.later VALUES (7);
"""

    def make(self):
        os.chmod(self.base, 0o711)
        self.binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        for name in ("pgdata", "run"):
            os.mkdir(f"{self.base}/{name}")
            shutil.chown(f"{self.base}/{name}", "postgres", "postgres")
        with open(os.open(f"{self.base}/pgpass", os.O_CREAT | os.O_WRONLY, 0o600), "w") as login:
            login.write("*:*:*:backup:b\n")
        subprocess.run(self.as_postgres(f"{self.binaries}/initdb", f"--pgdata={self.base}/pgdata", "--username=postgres", "--auth=trust",
                                        "--encoding=UTF8", "--locale=C.UTF-8"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(f"{self.base}/pgdata/pg_hba.conf", "w") as rules:
            rules.write("local all postgres peer\nlocal all all scram-sha-256\n")
        self.log = open(f"{self.base}/server.log", "ab")
        self.server = subprocess.Popen(self.as_postgres(f"{self.binaries}/postgres", "-D", f"{self.base}/pgdata", "-k", f"{self.base}/run", "-h", "",
                                                        "-c", "fsync=off", "-c", "full_page_writes=off"), stdout=self.log, stderr=self.log)
        for _ in range(600):
            if subprocess.run(self.client("--command=SELECT 1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                break
            time.sleep(0.1)
        self.ask(self.good_sql)

    @staticmethod
    def as_postgres(*words):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "-i", f"PATH={os.environ['PATH']}", "LC_ALL=C.UTF-8",
                "sh", "-c", 'cd /; exec "$@"', "sh", *words]

    def client(self, *words):
        return self.as_postgres("psql", "--no-psqlrc", f"--host={self.base}/run", "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1",
                                "--no-align", "--tuples-only", "--dbname=postgres", *words)

    def ask(self, sql):
        return subprocess.run(self.client(), input=sql, text=True, errors="backslashreplace", check=True,
                              stdout=subprocess.PIPE).stdout.splitlines()

    def damage(self):
        self.ask(self.bad_sql)

    def state(self):
        text = subprocess.run(self.as_postgres("pg_dumpall", f"--host={self.base}/run", "--username=postgres"), check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        # Grants that are made again change their places in the list, and say the same; tokens differ.
        return sorted(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))

    def left(self):
        return self.ask("SELECT datname FROM pg_database WHERE datname LIKE '%\\_\\_backstay\\_%' OR datname LIKE '%\\_\\_orig\\_%'")

    def end(self):
        if hasattr(self, "server"):
            for line in open(f"{self.base}/pgdata/postmaster.pid").read().split("\n")[:1]:
                os.kill(int(line), 3)  # all of its processes at once
            self.server.wait()


class Units(Files):
    """Files of a service whose units stop and start, on a booted machine: kill_restore_units.sh."""

    name = "units"
    facts = (Files.facts + "\n    units app, worker, idle\n    quiesce stop\n    before-restore [\"true\"]\n"
             "    after-restore [\"true\"]\n    check [\"true\"] within 2s")

    def __init__(self, program, base):
        super().__init__(program, base)
        self.undo += ("--discard-later",)  # units were started since
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}

    def state(self):
        shown = subprocess.run(["systemctl", "show", "--property=Id,ActiveState,UnitFileState", "--", "app", "worker", "idle"],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
        return super().state() + [line for line in shown.splitlines() if line]

    def half_way(self):
        """A dependent must not start on half a restore, whoever asks for it."""
        stopped = subprocess.run(["systemctl", "is-active", "-q", "worker"], check=False).returncode != 0
        forbidden = glob.glob("/etc/systemd/system/worker.service.d/backstay-restore.conf")
        if not stopped or not forbidden:
            return
        subprocess.run(["systemctl", "start", "worker"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if subprocess.run(["systemctl", "is-active", "-q", "worker"], check=False).returncode == 0:
            raise real_store.Violation("worker started on half a restore")
        self.stopped = getattr(self, "stopped", 0) + 1

    def left(self):
        return super().left() + glob.glob("/etc/systemd/system/*.d/backstay-restore.conf")

    def forget(self):
        real_store.remove("/var/lib/backstay/restores")


SUBJECTS = {one.name: one for one in (Files, Sqlite, Mariadb, MariadbWithoutOrig, DataFiles, Postgresql, Units)}
HERE = tuple(name for name in SUBJECTS if name != "units")  # those that need no machine of their own
