"""A private MariaDB server with eight databases like a control plane's, and timed commands beside each other.

Used by mariadb-dump and mariadb-import. One database holds most of the bytes, most of them in two tables, as
nova's does. All commands of a round run one after the other on the same data; ratios are of the same round.
"""
import os
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

SHARES = {"nova": 60, "nova_api": 6, "nova_cell0": 2, "glance": 4, "keystone": 6, "cinder": 8, "neutron": 10, "heat": 4}
POLICY = """language 1
policy bench
zone UTC
host here
secret login {{
    file {place}/login.cnf
}}
mariadb db {{
    on here
    socket {place}/socket
    login login
    datadir {place}/data
    method {method}
}}
service cloud {{
    on here
    database {names} on db
}}
target {method}-store {{
    directory {place}/store-{method} on here
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
    to {method}-store keep few{compression}
}}
"""


class Bench:
    def __init__(self, program, mebibytes):
        self.program = os.path.abspath(program)
        self.place = tempfile.mkdtemp(prefix="backstay-bench.", dir="/var/tmp")
        os.environ.update(BACKSTAY_STATE_DIR=f"{self.place}/state", BACKSTAY_CONFIG_DIR=f"{self.place}/config", NO_COLOR="1")
        self.client = f"mariadb --no-defaults --socket={self.place}/socket"
        self.server = None
        try:
            self.prepare(mebibytes)
        except BaseException:
            self.end()
            raise

    def prepare(self, mebibytes):
        kept = f"{os.environ['BACKSTAY_BENCH_DATA']}/filled-{mebibytes}" if os.environ.get("BACKSTAY_BENCH_DATA") else ""
        if kept and os.path.exists(kept):
            subprocess.run(["cp", "-a", "--reflink=auto", kept, f"{self.place}/data"], check=True)
            self.start()
        else:
            self.install()
            self.start()
            self.fill_all(mebibytes)
            if kept:
                self.stop()
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                subprocess.run(["cp", "-a", "--reflink=auto", f"{self.place}/data", kept + ".part"], check=True)
                os.rename(kept + ".part", kept)
                self.start()
        with open(f"{self.place}/login.cnf", "w") as login:
            login.write("[client]\nuser = b\npassword = bench-secret\n")
        os.chmod(f"{self.place}/login.cnf", 0o600)

    def install(self):
        place = self.place
        subprocess.run(["mariadb-install-db", "--no-defaults", "--force", "--user=root", f"--datadir={place}/data", "--skip-test-db",
                        "--auth-root-authentication-method=socket"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        place = self.place
        log = open(f"{place}/server.log", "wb")
        self.server = subprocess.Popen(
            ["mariadbd", "--no-defaults", "--user=root", f"--datadir={place}/data", f"--socket={place}/socket", "--skip-networking",
             "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=2G", "--innodb-log-file-size=512M",
             "--max-allowed-packet=64M"], stdout=log, stderr=log)
        while subprocess.run(f"{self.client} -e 'SELECT 1'", shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            time.sleep(0.1)

    def fill_all(self, mebibytes):
        self.sql("CREATE USER b@localhost IDENTIFIED BY 'bench-secret'; GRANT ALL ON *.* TO b@localhost WITH GRANT OPTION")
        for name, share in SHARES.items():
            self.fill(name, mebibytes * share / 100)

    def stop(self):
        """Cleanly: all is in the files."""
        subprocess.run(f"{self.client} -e 'SET GLOBAL innodb_fast_shutdown=0; SHUTDOWN'", shell=True, check=True)
        self.server.wait()

    def fill(self, name, mebibytes):
        """Rows of about 300 bytes: identifiers, times, a little JSON; two of three in two tables."""
        rows = int(mebibytes * (1 << 20) / 330)
        self.sql(f"CREATE DATABASE {name}")
        for table, share in {"instances": 0.45, "events": 0.3, "ports": 0.15, "flavors": 0.1}.items():
            self.sql(f"""USE {name}; CREATE TABLE {table} (id int PRIMARY KEY AUTO_INCREMENT, uuid char(36), created datetime, host varchar(60),
                info text, state varchar(20), KEY (uuid), KEY (host));
                INSERT INTO {table} (uuid, created, host, info, state) SELECT UUID(), '2026-01-01' + INTERVAL seq SECOND,
                CONCAT('compute', seq % 500, '.example.org'), CONCAT('{{"flavor": ', seq % 40, ', "hash": "', MD5(seq), '", "metadata": "',
                REPEAT(CONCAT('key', seq % 1000, ' '), 8), '"}}'), ELT(1 + seq % 4, 'active', 'error', 'building', 'deleted')
                FROM seq_1_to_{max(1, int(rows * share))}""")
        self.sql(f"USE {name}; ANALYZE TABLE instances, events, ports, flavors")

    def sql(self, text):
        subprocess.run(self.client.split() + ["--batch"], input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def plan(self, method, fast=False):
        """`fast`: `compression fast`, which data files always have here."""
        with open(f"{self.place}/{method}.stay", "w") as policy:
            policy.write(POLICY.format(place=self.place, method=method, names=", ".join(SHARES),
                                       compression="\n    compression fast" if fast or method == "physical" else ""))
        plan = f"{self.place}/{method}{'-fast' if fast else ''}.plan.yaml"
        subprocess.run([self.program, "-q", "plan", f"{self.place}/{method}.stay", "-o", plan], check=True)
        subprocess.run([self.program, "-q", "store", "init", plan], check=True)
        return plan

    def fresh_store(self, method):
        subprocess.run(f"chmod -R u+w {self.place}/store-{method}; rm -rf {self.place}/store-{method} {self.place}/state", shell=True, check=True)
        subprocess.run([self.program, "-q", "store", "init", f"{self.place}/{method}.plan.yaml"], check=True)

    def end(self):
        if self.server:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()
        subprocess.run(["chmod", "-R", "u+w", self.place], check=False)
        shutil.rmtree(self.place, ignore_errors=True)


def server_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(command, server):
    """Seconds of wall, and of processor of a shell command's processes and of the server; it must go well."""
    served = server_seconds(server)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"FAILED: {command}: {done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + server_seconds(server) - served


def compare(bench, rounds, commands, base, goals=(), floors=None):
    """commands: name → (prepare, command, size). Medians, and ratios to `base` of the same round.

    goals: (ours, peer, limit of wall, whether the size counts). floors: ours → the command without which none of
    its kind can do; spread over all processors it is the least wall time that any of its kind could reach.
    """
    results = {name: [] for name in commands}
    sizes = {}
    for _ in range(rounds):
        for name, (prepare, command, size) in commands.items():
            prepare()
            results[name].append(timed(command, bench.server.pid))
            sizes[name] = size()
    print(f"{'':44} {'wall s':>7} {'cpu s':>7} {'MiB':>6}  wall and cpu to {base}")
    for name, each in results.items():
        wall, cpu = (statistics.median(mine[what] / other[what] for mine, other in zip(each, results[base])) for what in (0, 1))
        print(f"{name:44} {statistics.median(w for w, _ in each):7.2f} {statistics.median(c for _, c in each):7.2f} "
              f"{sizes[name] / (1 << 20):6.0f}  {wall:.2f} {cpu:.2f}", flush=True)
    if goals:
        print_goals(results, sizes, goals, floors or {})


def ratio(results, ours, peer, what):
    """Of wall (0) or processor (1) seconds, the median of the rounds."""
    return statistics.median(mine[what] / other[what] for mine, other in zip(results[ours], results[peer]))


def print_goals(results, sizes, goals, floors):
    print(f"\n{'goal':76} {'wall':>5} {'cpu':>5} {'floor':>6}")
    for ours, peer, limit, sized in goals:
        if peer not in results:
            print(f"{ours} to {peer}: the peer is not installed")
            continue
        wall, cpu = (ratio(results, ours, peer, what) for what in (0, 1))
        larger = sized and sizes[ours] > sizes[peer]
        verdict = "reached" if wall <= limit and not larger else "MISSED"
        floor = ""
        if ours in floors:
            floor = f"{statistics.median(f[1] / os.cpu_count() / other[0] for f, other in zip(results[floors[ours]], results[peer])):6.2f}"
        print(f"{ours + ' / ' + peer + ' <= ' + str(limit):76} {wall:5.2f} {cpu:5.2f} {floor:>6}  {verdict}"
              f"{f' ({sizes[ours] >> 20} to {sizes[peer] >> 20} MiB)' if sized else ''}", flush=True)


def tree_size(path):
    return int(subprocess.run(["du", "-sb", path], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[0])
