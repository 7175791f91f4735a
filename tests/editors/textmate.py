"""A tokeniser for TextMate grammars: match, begin/end, captures, include, repository.

Implements what the grammar of this repository uses, by the rules of the format: patterns are tried at
the earliest place, the end of a rule before its inner patterns, the first of equals wins.
"""
import json

from oniguruma import Pattern

KNOWN = {"name", "match", "begin", "end", "captures", "beginCaptures", "endCaptures", "patterns",
         "include", "comment"}


class Rule:
    def __init__(self, source, grammar):
        unknown = set(source) - KNOWN
        assert not unknown, f"the grammar uses {unknown}, which this tokeniser does not know"
        self.name = source.get("name")
        self.pattern = Pattern(source["match"] if "match" in source else source["begin"])
        self.end = Pattern(source["end"]) if "end" in source else None
        self.captures = source.get("captures", source.get("beginCaptures", {}))
        self.end_captures = source.get("endCaptures", {})
        self.inner, self.grammar = source.get("patterns", []), grammar
        for capture in [*self.captures.values(), *self.end_captures.values()]:
            assert set(capture) == {"name"}, capture
        self._rules = None

    @property
    def rules(self):
        if self._rules is None:
            self._rules = self.grammar.expand(self.inner)
        return self._rules


class Grammar:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.source = json.load(file)
        self.made = {}
        self.rules = self.expand(self.source["patterns"])

    def expand(self, patterns):
        rules = []
        for pattern in patterns:
            if "include" in pattern:
                assert pattern["include"].startswith("#"), pattern
                inner = self.source["repository"][pattern["include"][1:]]
                rules += self.expand([inner])
            elif "match" in pattern or "begin" in pattern:
                rules.append(self.made.setdefault(id(pattern), None) or self._make(pattern))
            else:
                rules += self.expand(pattern["patterns"])
        return rules

    def _make(self, pattern):
        self.made[id(pattern)] = Rule(pattern, self)
        return self.made[id(pattern)]

    def tokenise(self, text):
        """For each line its bytes' scopes (a tuple each), and the rules still open at the end."""
        stack, lines = [], []
        for line in text.split("\n"):
            data = line.encode("utf-8") + b"\n"
            scopes = [()] * len(data)
            self._line(data, scopes, stack)
            lines.append((data[:-1], scopes[:-1]))
        return lines, [rule.name or rule.pattern.source for rule in stack]

    def _line(self, data, scopes, stack):
        at, idle = 0, 0
        while at <= len(data):
            rules = stack[-1].rules if stack else self.rules
            best = None
            if stack:
                ended = stack[-1].end.search(data, at)
                best = ended and (ended[0][0], 0, None, ended)
            for order, rule in enumerate(rules, start=1):
                groups = rule.pattern.search(data, at)
                if groups and (best is None or groups[0][0] < best[0]):
                    best = (groups[0][0], order, rule, groups)
            names = tuple(rule.name for rule in stack if rule.name)
            if best is None:
                self._paint(scopes, at, len(data), names)
                return
            begin, _, rule, groups = best
            self._paint(scopes, at, begin, names)
            end = groups[0][1]
            if rule is None:
                ended = stack.pop()
                self._match(scopes, groups, names, ended.end_captures)
            else:
                inner = names + ((rule.name,) if rule.name else ())
                self._match(scopes, groups, inner, rule.captures)
                if rule.end is not None:
                    stack.append(rule)
            idle = idle + 1 if end == at else 0
            assert idle < 20, f"the grammar stands still at {data!r}, byte {at}"
            at = end
            if at >= len(data):
                return

    def _match(self, scopes, groups, names, captures):
        self._paint(scopes, *groups[0], names)
        for number, capture in sorted(captures.items()):
            begin, end = groups[int(number)] if int(number) < len(groups) else (-1, -1)
            if begin >= 0:
                self._paint(scopes, begin, end, names + (capture["name"],))

    @staticmethod
    def _paint(scopes, begin, end, names):
        for at in range(begin, min(end, len(scopes))):
            scopes[at] = names
