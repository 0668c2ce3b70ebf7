"""What runs riskpanel elsewhere: image, compose file, systemd units and manifests say what is there."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from api.live import live_server
from builders import Book, fill_books
from riskpanel.cli.app import app
from riskpanel.nightly.leadership import Leadership
from riskpanel.settings import Settings

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PROGRAM = "/opt/riskpanel/.venv/bin/riskpanel"

COMPOSE_TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
OWN = {name: service for name, service in COMPOSE["services"].items() if name != "database"}
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
OBJECTS = [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]
WRITTEN = [ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / ".env.example", *UNITS, *MANIFESTS]


def require_command(words: list[str]) -> None:
    """Fail unless the command line knows the command and each of its options."""
    answer = CliRunner().invoke(app, [*words, "--help"])
    assert answer.exit_code == 0, answer.output


def setting_names() -> set[str]:
    fields = Settings.model_fields.items()
    return {str(field.validation_alias or f"RISKPANEL_{name.upper()}") for name, field in fields}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_variable_of_riskpanel_that_is_set_is_a_setting(path):
    named = set(re.findall(r"\b(?:RISKPANEL|FMP)_[A-Z][A-Z_]*[A-Z]\b", path.read_text()))
    policy = {name for name in named if name.startswith("RISKPANEL_POLICY__")}
    known = {f"RISKPANEL_POLICY__{name.upper()}" for name in type(Settings().policy).model_fields}
    assert policy <= known
    assert named - policy <= setting_names()


# ---------------------------------------------------------------- the image


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each on one line."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line]


def last(name: str) -> str:
    return [value for word, value in instructions() if word == name][-1]


def test_the_linter_of_dockerfiles_has_nothing_to_say():
    said = subprocess.run(
        [BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_runs_as_nobody_that_the_machine_knows_and_under_an_init():
    assert re.fullmatch(r"\d{5,}:\d{5,}", last("USER"))
    assert yaml.safe_load(last("ENTRYPOINT")) == ["tini", "--", "riskpanel"]
    require_command(yaml.safe_load(last("CMD")))


def test_every_base_of_the_image_has_a_version_and_there_is_no_secret_in_it():
    given = dict(value.split("=", 1) for word, value in instructions() if word == "ARG")
    bases = [value.split()[0] for word, value in instructions() if word == "FROM"]
    assert len(bases) == 3
    for base in bases:
        assert re.fullmatch(r"\w+:\d+(\.\d+)*-[a-z-]+", given[base.strip("${}")])
    set_here = " ".join(value for word, value in instructions() if word in {"ENV", "ARG", "LABEL"})
    assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", set_here)


def ignored(name: str) -> bool:
    """Whether .dockerignore keeps a file from a build: the last line for it or a folder of it decides."""
    path = Path(name)
    candidates = [name, *(str(parent) for parent in path.parents if str(parent) != ".")]
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        if any(names(pattern, one) for one in candidates):
            verdict = not line.startswith("!")
    return verdict


def names(pattern: str, path: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(path.rsplit("/", 1)[-1], pattern.removeprefix("**/"))
    return pattern.count("/") == path.count("/") and fnmatchcase(path, pattern)


def test_everything_that_the_image_copies_is_there_and_goes_to_the_build():
    copies = [value for word, value in instructions() if word == "COPY" and "--from" not in value]
    sources = [source for value in copies for source in value.split()[:-1]]
    assert len(sources) >= 7
    assert [source for source in sources if not (ROOT / source).exists() or ignored(source)] == []
    package = [path for path in (ROOT / "src").rglob("*") if path.is_file() and "page" not in path.parts]
    kept = [path for path in package if "__pycache__" not in path.parts]
    assert [path for path in kept if ignored(path.relative_to(ROOT).as_posix())] == []


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "riskpanel.sqlite3",
        "docs/operations.md",
        "tests/conftest.py",
        "web/node_modules/vite/package.json",
        "src/riskpanel/api/page/index.html",
        "src/riskpanel/__pycache__/x.pyc",
    ],
)
def test_what_no_image_needs_does_not_go_to_the_build(name):
    assert ignored(name)


def test_the_health_check_of_the_image_tells_a_server_that_answers_from_one_that_does_not(
    store, migrated_url, now
):
    fill_books(store, [Book("long")], now=now)
    program, flag, code = yaml.safe_load(last("HEALTHCHECK").split(" CMD ", 1)[1])
    assert (program, flag) == ("python", "-c")
    with live_server(migrated_url) as server:
        port = server.address.rsplit(":", 1)[1]

        def check() -> int:
            command = [sys.executable, "-c", code.replace("8321", port)]
            return subprocess.run(command, capture_output=True, check=False).returncode

        assert "8321" in code
        assert check() == 0
        with store.begin() as conn:
            conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001_core'")
        assert check() == 1
        server.interrupt()
        assert check() == 1


# ---------------------------------------------------------------- the compose file


def test_the_compose_file_is_one_by_the_schema_of_compose_files():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    said = subprocess.run([*command, ROOT / "compose.yaml"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("name", OWN)
def test_every_service_runs_a_command_that_exists_without_rights(name):
    service = OWN[name]
    require_command([re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in service["command"]])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # that of the image
    assert "privileged" not in service


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_has_limits_and_says_whether_it_is_well(name):
    service = COMPOSE["services"][name]
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"]
    one_shot = service.get("restart") == "no"
    by_image = service["command"][0] == "serve" if "command" in service else False
    assert by_image or "healthcheck" in service
    assert one_shot == (service.get("healthcheck") == {"disable": True})


def test_nothing_starts_before_the_schema_is_there_and_nothing_is_reached_from_elsewhere():
    prepared = {
        "database": {"condition": "service_healthy"},
        "init": {"condition": "service_completed_successfully"},
    }
    assert OWN["server"]["depends_on"] == OWN["scheduler"]["depends_on"] == prepared
    published = {name: one["ports"] for name, one in COMPOSE["services"].items() if "ports" in one}
    assert published == {"server": ["${LISTEN_AT:-127.0.0.1:8321}:8321"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert COMPOSE["services"]["database"]["networks"] == ["inside"]


def test_the_password_of_the_database_has_no_default_and_is_in_no_address():
    passwords = re.findall(r"PASSWORD: (.*)", COMPOSE_TEXT)
    assert passwords == ["${POSTGRES_PASSWORD:?set it in .env}"] * 2
    assert re.search(r"^POSTGRES_PASSWORD=$", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert "postgresql://riskpanel@database/riskpanel" in COMPOSE_TEXT


def test_the_example_of_settings_names_what_the_compose_file_asks_for_and_settings_alone():
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_TEXT))
    assert asked <= example
    rest = {name for name in example - asked if not name.startswith("RISKPANEL_POLICY__")}
    assert rest <= setting_names()


def test_the_health_check_of_the_scheduler_tells_whether_somebody_leads(store, migrated_url, tmp_path):
    kind, line = OWN["scheduler"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    program = tmp_path / "riskpanel"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m riskpanel "$@"\n')
    program.chmod(0o755)
    variables = [f"RISKPANEL_DATABASE_URL={migrated_url}", f"PATH={tmp_path}:/usr/bin:/bin"]

    def check() -> int:
        return subprocess.run(
            ["env", *variables, "sh", "-c", line], capture_output=True, check=False
        ).returncode

    assert check() == 1
    # Half an hour ahead, so that what it holds for a minute is held however long a check takes.
    lead = Leadership(store, lambda: datetime.now(tz=UTC) + timedelta(minutes=30))
    lead.take()
    assert check() == 0
    lead.give_back()
    assert check() == 1


# ---------------------------------------------------------------- systemd


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_unit_runs_a_command_that_exists_as_a_user_of_its_own(unit):
    text = unit.read_text()
    commands = re.findall(r"^Exec\w+=(.*)$", text, flags=re.MULTILINE)
    assert commands
    for command in commands:
        program, *words = shlex.split(command)
        assert program == PROGRAM
        require_command(words)
    assert "\nUser=riskpanel\n" in text
    assert "\nEnvironmentFile=-/etc/riskpanel.env\n" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_knows_every_line_of_the_units_and_finds_little_exposed(tmp_path):
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, "/usr/bin/env"))
    units = sorted(tmp_path.iterdir())
    verified = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in units:
        if unit.suffix == ".service":
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit]
            rated = subprocess.run(command, capture_output=True, text=True, check=False)
            assert rated.returncode == 0, rated.stdout[-300:]


# ---------------------------------------------------------------- Kubernetes


def pods() -> Iterator[tuple[str, dict]]:
    """The specification of each pod, by the name of what makes it."""
    for one in OBJECTS:
        spec = one["spec"].get("jobTemplate", one)["spec"]
        if "template" in spec:
            yield one["metadata"]["name"], spec["template"]["spec"]


@pytest.mark.parametrize("one", OBJECTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_every_manifest_is_one_by_the_schemas_of_kubernetes(one):
    kubernetes_validate.validate(one, "1.31", strict=True)


@pytest.mark.parametrize(("name", "pod"), [*pods()])
def test_every_pod_runs_a_command_that_exists_without_rights_and_with_limits(name, pod):
    (container,) = pod["containers"]
    assert "command" not in container  # the init of the image stays
    require_command(container["args"])
    assert container["envFrom"] == [{"secretRef": {"name": "riskpanel"}}]
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == last("USER")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert last("WORKDIR") in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_what_probes_ask_is_answered_under_the_name_that_they_use(store, migrated_url, now):
    fill_books(store, [Book("long")], now=now)
    (server,) = (pod["containers"][0] for name, pod in pods() if name == "riskpanel-server")
    probes = [server[kind]["httpGet"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")]
    with live_server(migrated_url) as running:
        for probe in probes:
            (header,) = probe["httpHeaders"]
            assert running.get(probe["path"], headers={header["name"]: header["value"]}).status_code == 200
            by_address = running.get(probe["path"], headers={"Host": "10.0.0.7:8321"})
            assert by_address.status_code == 421


def test_no_repeated_job_begins_beside_another_of_its_own():
    jobs = {one["metadata"]["name"]: one["spec"] for one in OBJECTS if one["kind"] == "CronJob"}
    assert jobs.keys() == {"riskpanel-nights", "riskpanel-backup"}
    assert {job["concurrencyPolicy"] for job in jobs.values()} == {"Forbid"}
    assert {job["timeZone"] for job in jobs.values()} == {"America/New_York"}


def test_a_backup_is_written_to_the_volume_that_is_asked_for():
    (job,) = (
        one["spec"]["jobTemplate"]["spec"]
        for one in OBJECTS
        if one["kind"] == "CronJob" and one["metadata"]["name"] == "riskpanel-backup"
    )
    (claim,) = (one for one in OBJECTS if one["kind"] == "PersistentVolumeClaim")
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    (folder,) = (one["mountPath"] for one in container["volumeMounts"] if one["name"] == "backups")
    assert container["args"] == ["backup", f"{folder}/"]
    (volume,) = (one for one in pod["volumes"] if one["name"] == "backups")
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_services_lead_to_pods_that_are_there():
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in OBJECTS if one["kind"] == "Deployment"]
    for service in (one for one in OBJECTS if one["kind"] == "Service"):
        assert service["spec"]["selector"] in labels
    for deployment in (one for one in OBJECTS if one["kind"] == "Deployment"):
        assert deployment["spec"]["selector"]["matchLabels"] in labels


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize(
    "path", [ROOT / "compose.yaml", *sorted((ROOT / "deploy").glob("*/*"))], ids=lambda path: path.name
)
def test_the_page_of_operations_leads_to_every_recipe(path):
    page = (ROOT / "docs" / "operations.md").read_text()
    assert f"](../{path.relative_to(ROOT).as_posix()})" in page
