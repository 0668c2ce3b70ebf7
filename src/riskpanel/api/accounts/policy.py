"""How long things last, and how often they may be tried."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """Lifetimes of sign-ins and links, and limits of attempts as the ``limits`` package writes them."""

    idle: timedelta = timedelta(hours=8)
    absolute: timedelta = timedelta(days=7)
    setup_link: timedelta = timedelta(hours=24)
    longest_token: timedelta = timedelta(days=366)
    sign_ins_of_name_from_address: str = "5/minute;20/hour"
    sign_ins_from_address: str = "30/minute"
    sign_ins_of_name: str = "100/hour"
    links_from_address: str = "10/minute"
    tokens_from_address: str = "60/minute"
