"""Every check in one place, in the order in which they are told."""

from typing import TypeAlias

from riskpanel.nightly.doctor.access import ACCESS_CHECKS
from riskpanel.nightly.doctor.checks import Check
from riskpanel.nightly.doctor.facts import Access, Facts
from riskpanel.nightly.doctor.night_checks import NIGHT_CHECKS
from riskpanel.nightly.doctor.reference_checks import REFERENCE_CHECKS
from riskpanel.nightly.doctor.series_checks import SERIES_CHECKS
from riskpanel.nightly.doctor.store_checks import STORE_CHECKS
from riskpanel.nightly.doctor.symbol_checks import SYMBOL_CHECKS

AnyCheck: TypeAlias = Check[Access] | Check[Facts]

FACT_CHECKS: tuple[Check[Facts], ...] = (
    *STORE_CHECKS,
    *SYMBOL_CHECKS,
    *SERIES_CHECKS,
    *REFERENCE_CHECKS,
    *NIGHT_CHECKS,
)
ALL_CHECKS: tuple[AnyCheck, ...] = (*ACCESS_CHECKS, *FACT_CHECKS)
