"""Many tickets decided at once: a table of events in, a table of one row a ticket out."""

from __future__ import annotations

import pyarrow as pa

from support_policy.batch.rowwise import decide_rows
from support_policy.policy.compiled import Policy


def decide_table(policy: Policy, events: pa.Table, until: int) -> pa.Table:
    """One row (`schema.result_schema`) for each ticket of a table of events, in the order in which they first appear.

    Pure: decided as of `until` (microseconds since 1970), and each ticket is what `evaluate` makes of its history.
    """
    return decide_rows(policy, events, until)
