import pytest

from riskpanel.book.policy import RiskPolicy
from riskpanel.errors import InputError
from riskpanel.settings import default_database_url, load_settings


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("RISKPANEL_DATABASE_URL", "FMP_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_variable_the_defaults_hold():
    settings = load_settings()
    assert settings.policy == RiskPolicy()
    assert settings.database_url == default_database_url()
    assert settings.database_url.startswith("sqlite:///")
    assert settings.fmp_api_key is None


def test_every_constant_is_set_by_its_variable(monkeypatch):
    monkeypatch.setenv("RISKPANEL_POLICY__BETA_WINDOW", "82")
    monkeypatch.setenv("RISKPANEL_POLICY__BETA_MIN_OBSERVATIONS", "40")
    monkeypatch.setenv("RISKPANEL_POLICY__SERIES_MIN_COVERAGE", "0.75")
    monkeypatch.setenv("RISKPANEL_DATABASE_URL", "sqlite:////tmp/x.sqlite3")
    settings = load_settings()
    assert settings.policy == RiskPolicy(beta_window=82, beta_min_observations=40, series_min_coverage=0.75)
    assert settings.database_url == "sqlite:////tmp/x.sqlite3"


@pytest.mark.parametrize("name", sorted(RiskPolicy.model_fields))
def test_a_variable_that_is_no_number_is_named(monkeypatch, name):
    monkeypatch.setenv(f"RISKPANEL_POLICY__{name.upper()}", "many")
    with pytest.raises(
        InputError, match=f"setting cannot be used: RISKPANEL_POLICY__{name.upper()}: "
    ) as caught:
        load_settings()
    assert caught.value.exit_code == 2
    assert caught.value.hint


@pytest.mark.parametrize(
    ("variable", "value", "minimum", "window"),
    [
        ("BETA_WINDOW", "20", "BETA_MIN_OBSERVATIONS", "BETA_WINDOW"),
        ("BETA_MIN_OBSERVATIONS", "100", "BETA_MIN_OBSERVATIONS", "BETA_WINDOW"),
        ("PERCENTILE_WINDOW", "63", "PERCENTILE_MIN_OBSERVATIONS", "PERCENTILE_WINDOW"),
    ],
)
def test_a_minimum_above_its_window_is_refused_with_the_variables_name(
    monkeypatch, variable, value, minimum, window
):
    monkeypatch.setenv(f"RISKPANEL_POLICY__{variable}", value)
    with pytest.raises(InputError) as caught:
        load_settings()
    assert f"RISKPANEL_POLICY__{minimum}: " in caught.value.what
    assert f"is above {window.lower()}" in caught.value.what


def test_an_unknown_constant_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("RISKPANEL_POLICY__BETA_WINDOWS", "82")
    with pytest.raises(InputError, match="RISKPANEL_POLICY__BETA_WINDOWS: "):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("SOURCES", "foo", "not 'files', 'fmp' or 'yfinance': foo"),
        ("SOURCES", "fmp,foo", "not 'files', 'fmp' or 'yfinance': foo"),
        ("LOG_LEVEL", "loud", "not 'debug', 'info', 'warning' or 'error': loud"),
        ("POLICY__FOO", "1", "no such setting"),
        ("POLICY__BETA_WINDOW", "abc", "not a whole number: abc"),
        ("POLICY__BETA_WINDOW", "90.5", "not a whole number: 90.5"),
        ("POLICY__BETA_WINDOW", "1", "must be greater than or equal to 3"),
        ("POLICY__TREND_Z", "abc", "not a number: abc"),
        ("POLICY__TREND_Z", "nan", "not a number: nan"),
        ("POLICY", "abc", "not a JSON document"),
    ],
)
def test_what_is_wrong_with_a_variable_is_told_in_plain_words(monkeypatch, variable, value, told):
    monkeypatch.setenv(f"RISKPANEL_{variable}", value)
    with pytest.raises(InputError) as caught:
        load_settings()
    assert caught.value.what == f"setting cannot be used: RISKPANEL_{variable}: {told}"
    assert caught.value.hint
    assert "did you mean" not in caught.value.hint


def test_where_no_constant_is_near_all_are_named(monkeypatch):
    monkeypatch.setenv("RISKPANEL_POLICY__FOO", "1")
    with pytest.raises(InputError) as caught:
        load_settings()
    assert all(name.upper() in caught.value.hint for name in RiskPolicy.model_fields)


def test_the_nearest_constant_is_suggested(monkeypatch):
    monkeypatch.setenv("RISKPANEL_POLICY__BETA_WINDW", "82")
    with pytest.raises(InputError, match="RISKPANEL_POLICY__BETA_WINDW: no such setting") as caught:
        load_settings()
    assert caught.value.hint.startswith("did you mean RISKPANEL_POLICY__BETA_WINDOW")


MISSPELLED = {
    "RISKPANEL_DATABSE_URL": "RISKPANEL_DATABASE_URL",
    "RISKPANEL_DATABASE": "RISKPANEL_DATABASE_URL",
    "RISKPANEL_LOGLEVEL": "RISKPANEL_LOG_LEVEL",
    "RISKPANEL_SOURCE": "RISKPANEL_SOURCES",
    "RISKPANEL_FMP_API_KEY": "FMP_API_KEY",
    "RISKPANEL_DB_URL": "RISKPANEL_DATABASE_URL",
    "RISKPANEL_POLICY_BETA_WINDOW": "RISKPANEL_POLICY__BETA_WINDOW",
    "RISKPANEL_POLCY__BETA_WINDOW": "RISKPANEL_POLICY__BETA_WINDOW",
    "RISKPANEL_BETA_WINDOW": "RISKPANEL_POLICY__BETA_WINDOW",
}


@pytest.mark.parametrize(("given", "meant"), MISSPELLED.items())
@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_misspelled_setting_is_refused_not_ignored(monkeypatch, tmp_path, given, meant, where):
    if where == "environment":
        monkeypatch.setenv(given, "82")
    else:
        (tmp_path / ".env").write_text(f"{given}=82\n")
    with pytest.raises(InputError, match=f"^setting cannot be used: {given}: no such setting$") as caught:
        load_settings()
    assert caught.value.hint == f"did you mean {meant}? else remove it"


def test_all_that_are_misspelled_are_named(monkeypatch):
    monkeypatch.setenv("RISKPANEL_DATABSE_URL", "sqlite://")
    monkeypatch.setenv("RISKPANEL_LOGLEVEL", "info")
    with pytest.raises(InputError, match=r"RISKPANEL_DATABSE_URL: no such setting$") as caught:
        load_settings()
    assert caught.value.details == ("RISKPANEL_LOGLEVEL: no such setting",)
    assert caught.value.hint == "did you mean RISKPANEL_DATABASE_URL and RISKPANEL_LOG_LEVEL? else remove it"


# What Kubernetes sets for services named riskpanel, riskpanel-database and riskpanel-policy, and what is a
# script's own.
@pytest.mark.parametrize(
    "name",
    [
        "SERVICE_HOST",
        "SERVICE_PORT_HTTP",
        "PORT",
        "PORT_8000_TCP_ADDR",
        "DATABASE_SERVICE_HOST",
        "DATABASE_PORT",
        "DATABASE_PORT_5432_TCP",
        "DATABASE_USER",
        "DATABASE_NAME",
        "DATABASE_PASSWORD",
        "POSTGRES_HOST",
        "POSTGRES_PASSWORD",
        "POLICY_SERVICE_HOST",
        "LOG_FILE",
        "API_URL",
        "TOKEN",
    ],
)
def test_what_is_like_no_setting_is_left_to_others(monkeypatch, name):
    before = load_settings()
    monkeypatch.setenv(f"RISKPANEL_{name}", "tcp://10.0.0.1:8000")
    assert load_settings() == before


def test_every_bad_variable_is_listed(monkeypatch):
    monkeypatch.setenv("RISKPANEL_POLICY__ANNUALIZATION", "0")
    monkeypatch.setenv("RISKPANEL_POLICY__TREND_Z", "-1")
    with pytest.raises(InputError, match="RISKPANEL_POLICY__ANNUALIZATION") as caught:
        load_settings()
    assert [detail.partition(":")[0] for detail in caught.value.details] == ["RISKPANEL_POLICY__TREND_Z"]


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_key_is_none_and_its_source_is_not_asked(monkeypatch, empty):
    monkeypatch.setenv("FMP_API_KEY", empty)
    settings = load_settings()
    assert settings.fmp_api_key is None
    assert settings.source_names == ("yfinance",)


def test_the_dotenv_file_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("RISKPANEL_POLICY__BETA_WINDOW=120\nFMP_API_KEY=secret-key\nOTHER=1\n")
    settings = load_settings()
    assert settings.policy.beta_window == 120
    assert settings.fmp_api_key.get_secret_value() == "secret-key"
    assert "secret-key" not in repr(settings)
    monkeypatch.setenv("RISKPANEL_POLICY__BETA_WINDOW", "60")
    assert load_settings().policy.beta_window == 60


@pytest.mark.parametrize("content", [b"FMP_API_KEY=caf\xe9\n", "FMP_API_KEY=key\n".encode("utf-16")])
def test_a_dotenv_file_that_is_not_utf_8_is_refused_by_name(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(InputError, match=r"^cannot be read as UTF-8: \.env$") as caught:
        load_settings()
    assert caught.value.hint == "save it as UTF-8"
