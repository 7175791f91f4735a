"""The editors' grammars on every sample of the repository.

    python3 editors_test.py BACKSTAY SOURCE_DIR textmate|vim|extension

Each token of a sample must bear the scope of its kind, and nothing may stay open at its end. That the
grammars' word lists are those of the language is held by lang_tests ("[editors]").
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from stay_tokens import tokens

PROGRAM, SOURCES, WHAT = sys.argv[1:]
GRAMMAR = SOURCES + "/editors/vscode/syntaxes/stay.tmLanguage.json"

# kind → how the scope's name begins, and the names of Vim's group.
WANTED = {
    "declaration": ("keyword.control.declaration", ["stayDeclaration"]),
    "fact": ("keyword.other.fact", ["stayFact"]),
    "param": ("keyword.control.declaration", ["stayParameter"]),
    "declared": ("entity.name.type", ["stayDeclared"]),
    "parameter": ("variable.parameter", ["stayParameterName"]),
    "type": ("support.type", ["stayType"]),
    "comment": ("comment.line.number-sign", ["stayComment"]),
    "documentation": ("comment.line.documentation", ["stayDocumentation"]),
    "string": ("punctuation.definition.string.begin", ["stayString"]),
    "path": ("string.unquoted.path", ["stayPath"]),
    "open": ("punctuation.section.block.begin", ["stayBrace"]),
    "close": ("punctuation.section.block.end", ["stayBrace"]),
    "vector": ("punctuation.section.vector.begin", ["stayBracket"]),
    "vector_end": ("punctuation.section.vector.end", ["stayBracket"]),
    "end": ("punctuation.terminator.fact", [""]),
    "comma": ("punctuation.separator.list", ["stayComma"]),
    "operator": ("keyword.operator.stay", ["stayOperator"]),
    "hosts": ("variable.other.host-list", ["stayHostList", "stayContinued"]),
    "ordinal": ("constant.language", ["stayValue"]),
    "code": ("constant.other.code", ["stayCode"]),
    "clause": ("keyword.other.clause", ["stayClause", "stayContinued"]),
    "value": ("constant.language", ["stayValue", "stayContinued"]),
    "word": ("variable.other.name", ["stayName", "stayContinued"]),
    **{kind: (f"constant.numeric.{kind}", ["stayNumber"])
       for kind in ("duration", "size", "rate", "count")},
    **{kind: (f"constant.numeric.{kind}", ["stayTime"]) for kind in ("instant", "date", "time")},
}


def word_lists():
    lists = {}
    with open(GRAMMAR, encoding="utf-8") as file:
        repository = json.load(file)["repository"]
    for rule in repository.values():
        name = rule.get("comment", "").removeprefix("words: ")
        if name:
            source = rule.get("begin") or rule["match"]
            lists[name] = set(re.search(r"\(\?:([a-zA-Z][^()]*)\)", source).group(1).split("|"))
    return lists


def samples():
    for folder in ("tests/golden", "tests/stdlib", "stdlib", "examples"):
        for root, _, names in sorted(os.walk(os.path.join(SOURCES, folder))):
            yield from (os.path.join(root, name) for name in sorted(names) if name.endswith(".stay"))


def is_sound(path):
    """Without a mistake of syntax, as the formatter sees it."""
    with open(path, "rb") as file:
        return subprocess.run([PROGRAM, "fmt", "-"], stdin=file, capture_output=True).returncode == 0


def refined(text, lists):
    """The tokens with words told apart as the grammars do."""
    before = [None, None]
    for kind, line, column, value in tokens(text):
        shown = kind
        if kind in ("declaration", "fact"):
            known = lists["declarations" if kind == "declaration" else "facts"]
            shown = "param" if value == "param" else kind if value in known else None
        elif before[-1] == "param" and kind == "word":
            shown = "parameter"
        elif before[-2:] == ["param", "parameter"] and kind == "word":
            shown = "type" if value in lists["types"] else None
        elif kind == "word":
            shown = ("code" if re.fullmatch(r"BST\d{4}", value) else
                     "clause" if value in lists["clauses"] else
                     "value" if value in lists["values"] else "word")
        elif kind == "declared" and before[-1] != "declaration":
            shown = None
        before = [*before[-1:], shown]
        if shown:
            yield shown, line, column, value


def textmate():
    from textmate import Grammar
    grammar, lists = Grammar(GRAMMAR), word_lists()
    count, mistakes = 0, []
    for path in samples():
        with open(path, "rb") as file:
            text = file.read().decode("utf-8", errors="replace")
        lines, left_open = grammar.tokenise(text)
        if not is_sound(path):
            continue
        if left_open:
            mistakes.append(f"{path}: {left_open} is not closed")
        for kind, line, column, value in refined(text, lists):
            count += 1
            scopes = lines[line][1][column]
            if not scopes or not scopes[-1].startswith(WANTED[kind][0]):
                mistakes.append(f"{path}:{line + 1}:{column + 1}: {value!r} is a {kind}, shown as {scopes}")
    return count, mistakes


def vim():
    lists, asked, kinds = word_lists(), {}, {}
    for path in samples():
        if is_sound(path):
            with open(path, encoding="utf-8") as file:
                kinds[path] = list(refined(file.read(), lists))
            asked[path] = [[line, column] for _, line, column, _ in kinds[path]]
    with tempfile.TemporaryDirectory() as scratch:
        places, answer = scratch + "/asked", scratch + "/answer"
        with open(places, "w", encoding="utf-8") as file:
            json.dump(asked, file)
        here = os.path.dirname(os.path.abspath(__file__))
        ran = subprocess.run(
            ["vim", "-u", "NONE", "-i", "NONE", "-N", "-n", "-e", "-s", "-S", here + "/dump_syntax.vim"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
            env={**os.environ, "EDITORS": SOURCES + "/editors/vim", "ASKED": places, "ANSWER": answer})
        assert os.path.exists(answer), f"vim wrote nothing: {ran}"
        with open(answer, encoding="utf-8") as file:
            answers = json.load(file)
    count, mistakes = 0, []
    for path, wanted in kinds.items():
        shown = answers[path]
        settings = (shown["filetype"], shown["commentstring"], shown["shiftwidth"])
        if settings != ("stay", "# %s", 4):
            mistakes.append(f"{path}: opened as {settings}")
        for (kind, line, column, value), name in zip(wanted, shown["names"], strict=True):
            count += 1
            if name not in WANTED[kind][1]:
                mistakes.append(f"{path}:{line + 1}:{column + 1}: {value!r} is a {kind}, shown as {name!r}")
    return count, mistakes


def extension():
    """What package.json names is there, and is what it says."""
    folder = SOURCES + "/editors/vscode/"
    load = lambda name: json.load(open(folder + name, encoding="utf-8"))
    package = load("package.json")
    language, = package["contributes"]["languages"]
    grammar, = package["contributes"]["grammars"]
    mistakes = [name for name in (package["main"], language["configuration"], grammar["path"])
                if not os.path.exists(folder + name)]
    if grammar["scopeName"] != load(grammar["path"])["scopeName"] or grammar["language"] != language["id"]:
        mistakes.append("the grammar is not that of the language")
    if list(package["dependencies"]) != ["vscode-languageclient"]:
        mistakes.append("another dependency than the client of the protocol")
    with open(folder + package["main"], encoding="utf-8") as file:
        source = file.read()
    for setting in re.findall(r"settings\.get\('(\w+)'\)", source):
        if "backstay." + setting not in package["contributes"]["configuration"]["properties"]:
            mistakes.append(f"the extension reads `{setting}`, which package.json does not have")
    for command in package["contributes"]["commands"]:
        if command["command"] not in source:
            mistakes.append(f"{command['command']} does nothing")
    configuration = load(language["configuration"])
    for rule in configuration["indentationRules"].values():
        re.compile(rule)
    return 10, mistakes


def main():
    count, mistakes = {"textmate": textmate, "vim": vim, "extension": extension}[WHAT]()
    print("\n".join(mistakes[:40]))
    print(f"{count} places looked at, {len(mistakes)} mistakes")
    return 1 if mistakes or count < 10 or (WHAT != "extension" and count < 5000) else 0


if __name__ == "__main__":
    sys.exit(main())
