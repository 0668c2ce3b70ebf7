"""How often passwords, links and tokens may be tried, and by whom."""

import time
from dataclasses import replace

import pytest

from api.accounts_world import ANOTHER, API, PASSWORD, World, alike, log_in, who
from builders import table_rows
from riskpanel.api.accounts.policy import AccountPolicy

HERE, THERE = "1.2.3.4", "5.6.7.8"


@pytest.fixture
def limited(store):
    """Make a world of a policy; bob and carol can sign in."""

    def make(**policy):
        world = World(store, replace(AccountPolicy(), **policy))
        world.add_user("bob")
        world.add_user("carol")
        return world

    return make


def attempts(world, count, name="bob", password=ANOTHER, address=HERE):
    """The statuses of attempts to sign in, each by a new browser."""
    return [log_in(world.client(address=address), name, password).status_code for _ in range(count)]


def require_too_many(answer, seconds=60):
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == str(seconds)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Too many attempts"
    assert f"wait {seconds} seconds" in answer.json()["hint"]


def test_after_five_wrong_passwords_a_minute_the_right_one_is_refused_too(limited):
    world = limited()
    assert attempts(world, 5) == [401] * 5
    answer = log_in(world.client(address=HERE), "bob")
    require_too_many(answer)
    assert "set-cookie" not in answer.headers
    assert alike(answer, log_in(world.client(address=HERE), "bob", ANOTHER))
    assert table_rows(world.store, "login_sessions") == []


def test_another_address_and_another_name_are_not_affected(limited):
    world = limited()
    assert attempts(world, 6)[-1] == 429
    assert attempts(world, 1, password=PASSWORD, address=THERE) == [200]
    assert attempts(world, 1, name="carol", password=PASSWORD) == [200]


def test_a_name_in_other_capitals_or_with_blanks_is_the_same_name(limited):
    world = limited(sign_ins_of_name_from_address="3/minute")
    for name in ("bob", "BOB", " bob "):
        assert log_in(world.client(address=HERE), name, ANOTHER).status_code == 401
    assert attempts(world, 1) == [429]


def test_a_success_forgets_what_failed_before_for_that_name_and_address_alone(limited):
    world = limited(sign_ins_of_name_from_address="3/minute")
    assert attempts(world, 2) == [401, 401]
    assert attempts(world, 3, name="carol") == [401] * 3
    assert attempts(world, 1, password=PASSWORD) == [200]
    assert attempts(world, 4) == [401] * 3 + [429]
    assert attempts(world, 1, name="carol", password=PASSWORD) == [429]


def test_a_success_does_not_forget_what_failed_from_elsewhere(limited):
    world = limited(sign_ins_of_name_from_address="2/minute")
    assert attempts(world, 3, address=THERE) == [401, 401, 429]
    assert attempts(world, 1, password=PASSWORD) == [200]
    assert attempts(world, 1, address=THERE) == [429]


def test_names_that_nobody_has_are_limited_like_others(limited):
    world = limited(sign_ins_of_name_from_address="1/minute")
    answers = {}
    for name in ("bob", "nobody"):
        for _ in range(2):
            answers[name] = log_in(world.client(address=HERE), name, ANOTHER)
    assert alike(answers["bob"], answers["nobody"])


def test_an_address_that_tries_many_names_is_stopped(limited):
    world = limited(sign_ins_from_address="3/minute")
    tried = [attempts(world, 1, name=f"name {number}")[0] for number in range(4)]
    assert tried == [401, 401, 401, 429]
    assert attempts(world, 1, password=PASSWORD) == [429]
    assert attempts(world, 1, password=PASSWORD, address=THERE) == [200]


def test_a_name_that_many_addresses_try_is_stopped_for_a_while(limited):
    world = limited(sign_ins_of_name="3/hour")
    tried = [attempts(world, 1, address=f"10.0.0.{number}")[0] for number in range(4)]
    assert tried == [401, 401, 401, 429]
    require_too_many(log_in(world.client(address=THERE), "bob"), 3_600)
    assert attempts(world, 1, name="carol", password=PASSWORD, address=THERE) == [200]


def test_what_a_request_says_of_its_own_address_counts_for_nothing(limited):
    world = limited(sign_ins_of_name_from_address="2/minute")
    told = []
    for number in range(3):
        words = {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"}
        asking = world.client(address=HERE, **words, **{"X-Real-IP": f"10.0.0.{number}"})
        told.append(log_in(asking, "bob", ANOTHER).status_code)
    assert told == [401, 401, 429]


def test_a_signed_in_browser_does_not_guess_its_password_either(limited):
    world = limited(sign_ins_of_name_from_address="2/minute")
    asking = world.browser("bob", address=HERE)
    asked = {"current_password": "wrong", "password": ANOTHER}
    assert [asking.post(f"{API}/auth/password", json=asked).status_code for _ in range(2)] == [422, 422]
    require_too_many(asking.post(f"{API}/auth/password", json=asked | {"current_password": PASSWORD}))
    assert who(asking) == "login"


def test_links_are_guessed_ten_times_a_minute_at_most(limited):
    world = limited()
    link = world.invite("dave")
    asked = {"link": link, "password": PASSWORD}
    for number in range(10):
        wrong = asked | {"link": f"guess {number}"}
        answer = world.client(address=HERE).post(f"{API}/auth/setup", json=wrong | {"password": "short"})
        assert answer.status_code == 422
    require_too_many(world.client(address=HERE).post(f"{API}/auth/setup", json=asked))
    assert world.client(address=THERE).post(f"{API}/auth/setup", json=asked).status_code == 200


def test_wrong_tokens_stop_an_address_and_good_ones_work_on(limited):
    world = limited(tokens_from_address="3/minute")
    token = world.token("bob", "read")
    for number in range(3):
        answer = world.bearer(f"guess {number}", address=HERE).get(f"{API}/portfolios")
        assert answer.status_code == 401
    require_too_many(world.bearer("guess 3", address=HERE).get(f"{API}/portfolios"))
    assert world.bearer("guess 4", address=HERE).get(f"{API}/auth/session").status_code == 429
    assert world.bearer("guess 5", address=THERE).get(f"{API}/portfolios").status_code == 401
    assert world.bearer(token, address=HERE).get(f"{API}/portfolios").status_code == 200


def test_an_address_that_is_refused_leaves_no_trace_of_the_names_that_it_tries(limited):
    world = limited(sign_ins_from_address="2/minute")
    attempts(world, 2)
    counted = len(world.accounts.attempts._counter.storage.events)
    for number in range(5):
        assert log_in(world.client(address=HERE), f"name {number}").status_code == 429
    assert len(world.accounts.attempts._counter.storage.events) == counted


def test_good_tokens_are_not_counted(limited):
    world = limited(tokens_from_address="2/minute")
    program = world.program("bob", "read", address=HERE)
    assert {program.get(f"{API}/portfolios").status_code for _ in range(6)} == {200}


def test_who_waits_may_try_again(limited):
    world = limited(tokens_from_address="1/second")
    wrong, right = world.bearer("wrong", address=HERE), world.program("bob", "read", address=HERE)
    assert wrong.get(f"{API}/portfolios").status_code == 401
    for _ in range(100):
        if right.get(f"{API}/portfolios").status_code == 200:
            break
        time.sleep(0.05)
    assert right.get(f"{API}/portfolios").status_code == 200


def test_the_limits_that_are_set_without_more_are_those_that_the_documentation_promises():
    policy = AccountPolicy()
    assert policy.sign_ins_of_name_from_address == "5/minute;20/hour"
    assert policy.sign_ins_from_address == "30/minute"
    assert policy.sign_ins_of_name == "100/hour"
    assert (policy.links_from_address, policy.tokens_from_address) == ("10/minute", "60/minute")
