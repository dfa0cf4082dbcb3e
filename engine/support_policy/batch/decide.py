"""Many tickets decided at once: a table of events in, a table of one row a ticket out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.event_checks import check_events
from support_policy.batch.histories.run import decide_columns
from support_policy.batch.histories.why import WHY
from support_policy.batch.rowwise import decide_rows
from support_policy.policy.compiled import Policy


def decide_table(policy: Policy, events: pa.Table, until: int) -> pa.Table:
    """One row (`schema.result_schema`) for each ticket of a table of events, in the order in which they first appear.

    Pure: decided as of `until` (microseconds since 1970), and each ticket is what `evaluate` makes of its history. All
    advance together, column by column; those with something that columns cannot express are decided one by one, and
    say why. Raises `PolicyError` for a table that is no table of events.
    """
    check_events(events)
    decided = decide_columns(policy, events, until)
    if not len(decided.left):
        return decided.table
    names = events["ticket"].cast(pa.string())
    mine = pc.is_in(names, value_set=decided.names.take(pa.array(decided.left)))
    events = events.set_column(events.schema.get_field_index("ticket"), "ticket", names)
    rest = decide_rows(policy, events.filter(mine), until)
    why = pa.array(np.array(WHY, object)[decided.why], pa.string()).dictionary_encode()
    rest = rest.set_column(rest.schema.get_field_index("by_rows_because"), rest.schema.field("by_rows_because"), why)
    places = np.concatenate([decided.places, decided.left])
    return pa.concat_tables([decided.table, rest]).take(pa.array(np.argsort(places))).unify_dictionaries()
