"""What is defined by hand: a user's stress scenarios, and what instruments are, which all users share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskpanel.book.import_reports import Edited
from riskpanel.errors import FieldsError
from riskpanel.nightly.editor import Fields, good_rows
from riskpanel.nightly.import_transaction import FILE_SOURCE
from riskpanel.sources.instrument_files import parse_instrument
from riskpanel.sources.scenario_files import parse_scenarios
from riskpanel.store.database import Store
from riskpanel.store.instruments import save_instruments
from riskpanel.store.locks import lock_user
from riskpanel.store.run_requests import ask_for_all
from riskpanel.store.scenarios import delete_own_scenario, save_own_scenario


@dataclass(frozen=True, slots=True)
class DefinitionsEditor:
    """Changes definitions; a changed scenario is computed at once for the user's portfolios."""

    store: Store
    clock: Callable[[], datetime]

    def save_scenario(
        self, user_id: int, scenario_id: int | None, name: str, table: Mapping[str, object]
    ) -> Edited:
        """Create a scenario of a user, or change the one with an id, by the rules of a scenario file.

        Raises
        ------
        FieldsError
            Naming each key that cannot be used; a fault of the whole is one of its name.
        NotFoundError, ConflictError
            When the user has none with the id, another one of the name, or too many.
        """
        now = self.clock()
        parsed = parse_scenarios({name: table}, today=now.date())
        if parsed.faults:
            raise FieldsError(tuple((fault.key or "name", fault.reason) for fault in parsed.faults))
        (wanted,) = parsed.scenarios
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            saved = save_own_scenario(conn, wanted, user_id=user_id, scenario_id=scenario_id, now=now)
            return Edited(saved, ask_for_all(conn, user_id, now=now), ())

    def delete_scenario(self, user_id: int, scenario_id: int) -> Edited:
        """Remove a scenario of a user.

        Raises
        ------
        NotFoundError
            When the user has none with the id.
        """
        with self.store.begin() as conn:
            lock_user(conn, user_id)
            delete_own_scenario(conn, scenario_id, user_id=user_id)
            return Edited(scenario_id, ask_for_all(conn, user_id, now=self.clock()), ())

    def save_instrument(self, fields: Fields) -> str:
        """Say what an instrument is, for all users; return its symbol. An absent fact is removed.

        Raises
        ------
        FieldsError
            Naming each field that cannot be used.
        """
        (row,) = good_rows(parse_instrument(fields))
        with self.store.begin() as conn:
            save_instruments(conn, [row], source=FILE_SOURCE, now=self.clock(), clear=True)
        return row.symbol
