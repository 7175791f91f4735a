"""The tokens of a policy without mistakes of syntax: what the editors' grammars are held against."""
import re

LITERALS = [
    ("duration", r"(?:0|[1-9]\d*)[smhdw]"), ("size", r"(?:0|[1-9]\d*)(?:B|[KMGT]iB)"),
    ("rate", r"(?:0|[1-9]\d*)(?:B|[KMGT]iB)/s"), ("count", r"0|[1-9]\d*"),
    ("instant", r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z"), ("date", r"\d{4}-\d\d-\d\d"),
    ("time", r"\d\d:\d\d"), ("ordinal", r"1st|2nd|3rd|4th")]
TOKEN = re.compile(
    r"(?P<blank>[ \t]+)|(?P<newline>\n)|(?P<documentation>\#\#[^\n]*)|(?P<comment>\#[^\n]*)"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<open>\{)|(?P<close>\})|(?P<end>;)|(?P<comma>,)'
    r"|(?P<vector>\[)|(?P<vector_end>\])|(?P<operator>->|=)"
    r'|(?P<path>/[^\s,;{}\#"]*)|(?P<literal>\d[^\s,;{}\#"\[\]]*)'
    r"|(?P<hosts>[A-Za-z_][\w.-]*(?:\[[^\]]*\][\w.-]*)+)|(?P<word>[A-Za-z_][\w.-]*)")


def literal_kind(text):
    return next(kind for kind, shape in LITERALS if re.fullmatch(shape, text))


def tokens(text):
    """(kind, line, column, text): lines and columns from 0, columns in bytes. Words that begin a fact
    are of kind `declaration` or `fact`, a name behind a declaration's word is `declared`."""
    depth, starts, continued, vector, previous = 0, True, False, False, None
    line, begin = 0, 0
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        assert found, f"no token at {text[at:at + 20]!r}"
        kind, value = found.lastgroup, found.group()
        column = len(text[begin:at].encode("utf-8"))
        at = found.end()
        if kind == "newline":
            line, begin = line + 1, at
            starts = starts or not (continued or vector)
            continue
        if kind in ("blank", "comment", "documentation"):
            if kind != "blank":
                yield kind, line, column, value
            continue
        if kind == "word":
            if starts:
                kind = "fact" if depth else "declaration"
            elif previous == "declaration" and value[0].islower() and value != "all":
                kind = "declared"
        elif kind == "literal":
            kind = literal_kind(value)
        elif kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
        elif kind in ("vector", "vector_end"):
            vector = kind == "vector"
        yield kind, line, column, value
        previous = kind if not (kind == "declaration" and value == "param") else "param"
        starts = kind in ("open", "close", "end")
        continued = kind == "comma"
