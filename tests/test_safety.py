"""What strangers' files and configurations can never reach: pickles, code, a shell."""

import ast

import pytest

from project import ROOT

PROGRAMS = sorted([*ROOT.glob("workflow/**/*.py"), *ROOT.glob("bench/*.py")])
RULES = sorted([ROOT / "Snakefile", ROOT / "workflow/Snakefile", *ROOT.glob("workflow/rules/*.smk")])

FORBIDDEN = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"}
FORBIDDEN |= {"yaml.load", "yaml.full_load", "yaml.unsafe_load", "pickle.load", "pickle.loads", "joblib.load", "shell"}


def calls(source):
    """Yield every call's name, as written, with its keywords."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}


def unsafe(source):
    """List what a program must not call."""
    for name, keywords in calls(source):
        if name in FORBIDDEN or keywords.get("shell", "False") != "False":
            yield name
        if name.endswith(".load") and name.split(".")[0] in ("np", "numpy") and keywords.get("allow_pickle") != "False":
            yield f"{name} without allow_pickle=False"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_no_program_loads_pickles_or_runs_text(path):
    assert list(unsafe(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        *("np.load(path)", "np.load(path, allow_pickle=True)", "numpy.load(path)", "pickle.load(file)"),
        *("yaml.load(text, Loader=yaml.Loader)", "eval(text)", "os.system(text)", "subprocess.run(text, shell=True)"),
    ],
)
def test_the_check_catches_what_it_looks_for(source):
    assert list(unsafe(source))


def test_the_code_does_read_archives():
    assert sum(name == "np.load" for path in PROGRAMS for name, _ in calls(path.read_text())) >= 5


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_no_rule_has_a_shell(path):
    words = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    assert [word for word in words if word.startswith(("shell:", "shell(", "run:"))] == []
