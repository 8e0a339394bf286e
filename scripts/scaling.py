#!/usr/bin/env python3
"""Computes the tables of docs/scaling.md: what a number of daily users needs, and what breaks first.

    scripts/scaling.py                                the tables, for the inputs below
    scripts/scaling.py visits=5 calls=40              the tables for other inputs
    scripts/scaling.py --measured target/scaling.json the tables with the costs of another run of `just scaling`
    scripts/scaling.py --write                        writes them into docs/scaling.md
    scripts/scaling.py --check                        fails if docs/scaling.md does not hold what the script prints

The measured costs are in scripts/scaling.json, as `just scaling` wrote them. Python's standard library is enough.
"""

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEASURED = HERE / "scaling.json"
DOCUMENT = HERE.parent / "docs" / "scaling.md"

# What the operator expects: name, value, meaning. An argument NAME=VALUE replaces a value.
INPUTS = [
    ("visits", 3, "visits of a daily user in a day"),
    ("minutes", 10, "minutes of a visit"),
    ("calls", 20, "calls of `/api/user/info` in a visit"),
    ("pages", 2, "pages in a visit"),
    ("checks", 2, "calls of `/api/session` in a visit"),
    ("refreshes", 1, "refreshes in a visit; the access token lives for 2 hours, so one at most in a short visit"),
    ("logins", 0.2, "logins of a daily user in a day; a session lives for 30 days, and a user has several devices"),
    ("logouts", 0.2, "share of the sessions that end by a logout"),
    ("days", 30, "days for which Redis keeps a session (`session.absolute_ttl`)"),
    ("peak", 3, "busiest minute of the day, divided by the mean"),
    ("provider_ms", 200, "milliseconds that the provider takes for a response"),
    ("head", 500, "bytes that a browser adds to a request (`User-Agent`, `Sec-Fetch-*` and others)"),
    ("cores", 2, "cores, and so workers, of a replica"),
    ("use", 0.5, "share of a core that is used at the peak"),
    ("master_gib", 16, "memory of a Redis server in GiB"),
    ("spare", 1.5, "memory of a Redis server for each byte of data: fragmentation, buffers, and the copy of a fork"),
    ("address_rate", 600, "requests a minute that the provider accepts from one address; it publishes no number"),
    ("mbit", 1000, "network of a server in Mbit/s"),
    ("log_gb", 50, "GB of log that may be written in a day"),
    ("files", 8192, "open files of a replica (`LimitNOFILE`)"),
    ("connections", 1000, "`limits.connections`"),
]
USERS = [10_000, 100_000, 1_000_000, 10_000_000]

OPERATIONS = [
    ("login", "login (start and callback)"),
    ("call", "`GET /api/user/info`"),
    ("page", "`GET /`, signed in"),
    ("session", "`GET /api/session`"),
    ("refresh", "refresh"),
    ("touch", "last use, once a minute and session"),
    ("logout", "logout"),
]
COSTS = [
    ("redis_requests", "Redis requests"),
    ("redis_commands", "commands"),
    ("redis_in", "bytes to Redis"),
    ("redis_out", "bytes from Redis"),
    ("provider_calls", "provider calls"),
    ("provider_up", "bytes to it"),
    ("provider_down", "bytes from it"),
    ("client_up", "bytes of requests"),
    ("client_down", "bytes of responses"),
    ("log", "bytes of log"),
]
GIB, DAY = 2**30, 86_400
# Seconds for which a replica uses a connection to the provider for new calls; `limits.client_rate`, requests a second.
POOL_SECONDS, CLIENT_RATE = 30, 200


class Model:
    """The computation for some inputs and measured costs."""

    def __init__(self, inputs, measured):
        self.__dict__.update(inputs)
        self.measured = measured
        self.unit = measured["operations"]
        self.stored = measured["stored"]
        self.phases = {phase["name"]: phase["sums"] for phase in measured["point"]["phases"]}
        # Operations of one daily user in a day.
        self.daily = {
            "login": self.logins,
            "call": self.visits * self.calls,
            "page": self.visits * self.pages,
            "session": self.visits * self.checks,
            "refresh": self.visits * self.refreshes,
            "touch": self.visits * min(self.minutes, self.calls + self.pages),
            "logout": self.logins * self.logouts,
        }
        # Bytes of Redis for each session as the cluster needed them: record, index of its user, and its share of the tables.
        grown = sum(master["memory"] for master in measured["point"]["at_each_master"])
        self.session_bytes = grown / measured["point"]["sessions"] - self.stored["redis_attempt"]
        # Stored sessions of one daily user. A logout removes a session; the others stay for all their days, also unused.
        self.sessions = self.logins * (1 - self.logouts) * self.days
        # Requests of one daily user that wait for the provider at the peak, and the share of users who are in a visit then.
        self.in_flight = self.at_peak("provider_calls") * self.provider_ms / 1000
        self.active = self.visits * self.minutes * 60 / DAY * self.peak

    def of_day(self, cost):
        """Returns a cost of one daily user in a day."""
        return sum(count * self.unit[name].get(cost, 0) for name, count in self.daily.items())

    def at_peak(self, cost):
        """Returns a cost of one daily user in a second of the busiest minute."""
        return self.of_day(cost) / DAY * self.peak

    def rate(self, name):
        """Returns an operation of one daily user in a second of the busiest minute."""
        return self.daily[name] / DAY * self.peak

    def cpu(self, key):
        """Returns seconds of processor time in a second of the busiest minute, for one daily user. A page counts as a call."""
        each = {name: phase[key] / phase["count"] for name, phase in self.phases.items()}
        each["page"] = each["session"] = each["call"]
        # The phase has a call with each touch.
        each["touch"] = max(each["touch"] - each["call"], 0)
        return sum(self.rate(name) * each[name] for name in self.daily)

    def mbit_of(self, *costs):
        """Returns these bytes of one daily user in Mbit/s of the busiest minute."""
        return sum(self.at_peak(cost) for cost in costs) * 8 / 1e6

    def replicas(self, users):
        """Returns the replicas for the peak, and one that may fail."""
        return math.ceil(users * self.cpu("cpu_seconds") / (self.cores * self.use)) + 1

    def masters(self, users):
        """Returns the Redis masters for memory, processor time and network at the peak."""
        memory = users * self.sessions * self.session_bytes * self.spare / (self.master_gib * GIB)
        processor = users * self.cpu("redis_cpu_seconds") / self.use
        return math.ceil(max(memory, processor, users * self.mbit_of("redis_out") / (self.mbit * self.use)))


def number(value):
    """Returns a number with three digits, or all digits of a whole one."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        digits = 2 - math.floor(math.log10(abs(value)))
        return f"{round(value, min(digits, 0)):,.0f}"
    return f"{value:.3g}"


def exact(value):
    """Returns a measured mean with one decimal if it is small."""
    return f"{value:,.0f}" if value >= 20 or value == round(value) else f"{value:.1f}"


def table(head, rows):
    line = "|---" + "|---:" * (len(head) - 1) + "|"
    return "\n".join(["| " + " | ".join(head) + " |", line] + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def inputs_table(model):
    rows = [[f"`{name}`", f"{getattr(model, name):,}", what] for name, _, what in INPUTS]
    return table(["input", "value", "meaning"], rows).replace("|---|---:|---:|", "|---|---:|---|")


def costs_table(model):
    rows = [[what] + [exact(model.unit[name].get(cost, 0)) for cost, _ in COSTS] for name, what in OPERATIONS]
    return table(["operation"] + [what for _, what in COSTS], rows)


def stored_table(model):
    stored, point = model.stored, model.measured["point"]
    cpu = {name: [f"{sums[key] / sums['count'] * 1e6:,.0f}" for key in ("cpu_seconds", "redis_cpu_seconds")] for name, sums in model.phases.items()}
    rows = [
        ["record of a session in Redis (`MEMORY USAGE`)", exact(stored["redis_session"]) + " bytes"],
        ["index of a user with one session", exact(stored["redis_index"]) + " bytes"],
        ["each further session in that index", exact(stored["redis_index_entry"]) + " bytes"],
        ["mark of a spent login attempt, 15 minutes", exact(stored["redis_attempt"]) + " bytes"],
        ["growth of Redis for each session, all included", exact(model.session_bytes) + " bytes"],
        ["session in the SQLite file", exact(stored["sqlite_session"]) + " bytes"],
        ["replica before the load", f"{point['replica_mib']:.0f} MiB"],
        ["growth of a replica for each session that it served, up to the bound of its caches", f"{point['replica_bytes_each_session']:,.0f} bytes"],
    ]
    cpu["call that writes the last use"] = cpu.pop("touch")
    cpu.pop("storm")
    rows += [[f"processor time of a {name}: replica, Redis", " µs, ".join(both) + " µs"] for name, both in cpu.items()]
    return table(["what", "measured"], rows)


def users_table(model):
    def row(what, need):
        """Returns a row of a need that grows with the users, or that is computed for each number of them."""
        return [what] + [number(need(users) if callable(need) else users * need) for users in USERS]

    rows = [
        row("users in a visit at the peak", model.active),
        row("requests a second at the peak", model.at_peak("requests")),
        row("logins a second at the peak", model.rate("login")),
        row("refreshes a second at the peak", model.rate("refresh")),
        row("requests under way at the peak", model.in_flight),
        row("from browsers, Mbit/s at the peak", model.mbit_of("client_up") + model.mbit_of("requests") * model.head),
        row("to browsers, Mbit/s at the peak", model.mbit_of("client_down")),
        row("cores of all replicas at the peak", model.cpu("cpu_seconds")),
        row(f"**replicas** of {model.cores:g} cores, one of them spare", model.replicas),
        row("sessions in Redis", model.sessions),
        row("data in Redis, GiB", model.sessions * model.session_bytes / GIB),
        row("Redis requests a second at the peak", model.at_peak("redis_requests")),
        row("Redis commands a second at the peak", model.at_peak("redis_commands")),
        row("to Redis, Mbit/s at the peak", model.mbit_of("redis_in")),
        row("from Redis, Mbit/s at the peak", model.mbit_of("redis_out")),
        row(f"**Redis masters** of {model.master_gib:g} GiB, each with two replicas", model.masters),
        row("connections to each master", lambda users: model.replicas(users) * (model.cores + 1)),
        row("provider calls a second at the peak", model.at_peak("provider_calls")),
        row("provider connections at the peak (HTTP/1.1)", model.in_flight),
        row("new provider connections a second, each with a TLS handshake", model.in_flight / POOL_SECONDS),
        row("provider traffic, Mbit/s at the peak", model.mbit_of("provider_up", "provider_down")),
        row("log, GB a day", model.of_day("log") / 1e9),
        row("SQLite file, GiB, instead of Redis", model.sessions * model.stored["sqlite_session"] / GIB),
    ]
    return table(["daily users"] + [f"{users:,}" for users in USERS], rows)


def limits_table(model):
    """Returns what breaks first: each limit with the daily users that reach it, the lowest first."""
    slow = model.at_peak("provider_calls") * 10
    rows = [
        (model.address_rate / 60 / model.at_peak("provider_calls"), f"the provider's rate limit for one address ({model.address_rate:g} a minute, assumed)", "503 `provider_unavailable`; sessions stay", "[more addresses, or a higher limit](#the-providers-rate-limit)"),
        (model.cores * model.use / model.cpu("cpu_seconds"), f"{model.cores:g} cores of one replica at {model.use:.0%}", "latency grows", "a second replica, which needs Redis"),
        (model.connections / slow, "`limits.connections` of one replica while the provider hangs (10 s a call)", "further connections wait", "a higher `limits.connections`, more replicas"),
        (model.connections / model.in_flight, "`limits.connections` of one replica", "further connections wait", "a higher `limits.connections`, more replicas"),
        (model.files / 2 / slow, f"{model.files:,} open files of one replica while the provider hangs: two for each call", "connections fail; `open_files_few` at the start", "a higher `LimitNOFILE`, more replicas"),
        (28_000 / model.in_flight, "28,000 ports of one address for connections to the provider", "calls answer 503", "more addresses"),
        (model.master_gib * GIB / model.spare / model.sessions / model.session_bytes, f"memory of one Redis master ({model.master_gib:g} GiB)", "`noeviction`: logins and refreshes answer 503", "more memory, then Redis Cluster"),
        (model.use / model.cpu("redis_cpu_seconds"), f"one core of one Redis master at {model.use:.0%}", "latency grows, then 503 `store_unavailable`", "Redis Cluster"),
        (model.mbit * model.use / model.mbit_of("redis_out"), f"network of one Redis master at {model.use:.0%} of {model.mbit:,} Mbit/s", "latency grows, then 503 `store_unavailable`", "Redis Cluster"),
        (model.log_gb * 1e9 / model.of_day("log"), f"{model.log_gb:g} GB of log a day", "cost; a full disk loses lines and no request", "`RUST_LOG=warn`, and `log.audit` for security events"),
    ]
    rows.sort(key=lambda row: row[0])
    return table(["daily users", "what", "what happens", "what to do"], [[number(row[0]), *row[1:]] for row in rows]).replace("|---|---:|---:|---:|", "|---:|---|---|---|")


def address_table(model):
    calls = model.at_peak("provider_calls") * 60
    rows = []
    for limit in (60, 600, 6_000, 60_000):
        storms = [duration(users * model.active / limit * 60) for users in USERS[:3]]
        rows.append([f"{limit:,}", number(limit / calls), f"{math.ceil(1_000_000 * calls / limit):,}", *storms])
    head = ["requests a minute from one address", "daily users of one address", "addresses for a million"]
    visit = model.calls + model.pages + model.checks + model.refreshes + 2 * model.logins / model.visits
    behind = CLIENT_RATE / (visit / (model.minutes * 60))
    return table(head + [f"storm, {users:,} daily users" for users in USERS[:3]], rows) + (
        f"\nIn the other direction: {number(behind)} users who are in a visit behind one address reach `limits.client_rate` ({CLIENT_RATE} requests a second).\n"
    )


def duration(seconds):
    size, unit = next(step for step in ((3_600, "h"), (60, "min"), (0, "s")) if seconds >= step[0])
    return f"{number(seconds / (size or 1))} {unit}"


def predicted_sums(model, phase, sums, cost):
    """Returns what the costs of single operations predict for a phase of the point."""
    unit, count = model.unit, sums["count"]
    if phase == "storm":
        # One refresh of each session; the other replicas load the session, and use the new tokens.
        others = model.measured["point"]["replicas"] - 1
        return count * (unit["refresh"][cost] + others * unit["session"][cost])
    if phase == "touch":
        return count * (unit["call"][cost] + unit["touch"][cost])
    return count * unit[phase][cost]


def point_table(model):
    """Returns the predictions for the measured point beside what was counted there."""
    point, names, rows = model.measured["point"], dict(COSTS), []

    def row(what, predicted, measured):
        rows.append([what, number(predicted), number(measured), f"{measured / predicted - 1:+.1%}"])

    for phase, sums in model.phases.items():
        for cost in ("redis_commands", "redis_in", "redis_out", "provider_calls", "log"):
            predicted = predicted_sums(model, phase, sums, cost)
            if predicted >= 1:
                row(f"{phase}: {names[cost]}", predicted, sums[cost])
    keys = [master["keys"] for master in point["at_each_master"]]
    # A record, an index and a mark for each login.
    row("keys of the fullest master", 3 * point["sessions"] / len(keys), max(keys))
    stored = sum(model.stored[name] for name in ("redis_session", "redis_index", "redis_attempt"))
    row("bytes of Redis for each login", stored, model.session_bytes + model.stored["redis_attempt"])
    row("connections to a master, at most", point["replicas"] * (point["workers"] + 1), max(point["clients_of_each_master"]))
    return table(["what", "predicted", "measured", "difference"], rows)


def machine_text(model):
    machine, point = model.measured["machine"], model.measured["point"]
    counts = ", ".join(f"{phase['sums']['count']:,.0f} × {phase['name']} in {phase['sums']['seconds']:.1f} s" for phase in point["phases"])
    return (
        f"- Measured: {machine['date']}, {machine['cpus']:g} processors ({machine['model']}), Linux {machine['kernel']}; other users share the machine\n"
        f"- Versions: {machine['versions'][0]} (profile `{model.measured['build']}`); {machine['versions'][3]}\n"
        f"- The point: {point['replicas']:g} replicas with {point['workers']:g} workers each, {point['masters']:g} masters, {point['sessions']:,.0f} sessions; {counts}\n"
    )


PARTS = {
    "machine": machine_text,
    "inputs": inputs_table,
    "costs": costs_table,
    "stored": stored_table,
    "users": users_table,
    "limits": limits_table,
    "addresses": address_table,
    "point": point_table,
}


def written(text, made):
    """Returns the document with these parts between their markers."""
    for name, content in made.items():
        begin, end = f"<!-- scaling: {name} -->\n", f"<!-- end: {name} -->"
        if begin not in text or end not in text.split(begin, 1)[1]:
            sys.exit(f"docs/scaling.md: missing marker; write {begin.strip()}{end} where the table belongs")
        before, rest = text.split(begin, 1)
        text = before + begin + content + end + rest.split(end, 1)[1]
    return text


def main(arguments):
    inputs = {name: value for name, value, _ in INPUTS}
    measured, mode, words = MEASURED, "print", iter(arguments)
    for word in words:
        name, _, value = word.partition("=")
        if word in ("--write", "--check"):
            mode = word
        elif word == "--measured":
            measured = Path(next(words, ""))
        elif name in inputs and value:
            inputs[name] = float(value)
        else:
            sys.exit(f"{word}: unknown argument\n{__doc__}")
    costs = measured.read_text()
    made = {name: part(Model(inputs, json.loads(costs))) for name, part in PARTS.items()}
    if mode == "print":
        return print("\n".join(made.values()))
    text = DOCUMENT.read_text()
    wanted = written(text, made)
    if mode == "--write":
        MEASURED.write_text(costs)
        DOCUMENT.write_text(wanted)
    elif wanted != text:
        sys.exit("docs/scaling.md: differs from what the script computes; run scripts/scaling.py --write")


if __name__ == "__main__":
    main(sys.argv[1:])
