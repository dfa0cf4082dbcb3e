"""What Prometheus is shown."""

from __future__ import annotations

from support_policy.adapters.metrics import GAUGES, PrometheusMeter
from support_policy.service.watch.ports import Meter


def test_what_happens_is_counted_by_its_labels() -> None:
    """Events, breaches, deliveries, mails and refusals are counters, lateness is a histogram, the rest are gauges."""
    made = PrometheusMeter()
    meter: Meter = made
    meter.decided("submitted", "accepted")
    meter.decided("submitted", "accepted")
    meter.late(0.3)
    meter.late(-1.0)
    meter.breached("P1", "resolution")
    meter.delivered("smtp", "sent")
    meter.mail("kept")
    meter.refused("rate")
    for name in GAUGES:
        meter.gauge(name, 3)
    made.called("GET", "/tickets/{ticket}", 200, 0.02)
    shown = made.shown().decode().splitlines()
    assert 'support_policy_events_total{outcome="accepted",trigger="submitted"} 2.0' in shown
    assert 'support_policy_firing_lateness_seconds_bucket{le="0.25"} 1.0' in shown
    assert "support_policy_firing_lateness_seconds_sum 0.3" in shown
    assert 'support_policy_breaches_total{metric="resolution",priority="P1"} 1.0' in shown
    assert 'support_policy_deliveries_total{kind="smtp",result="sent"} 1.0' in shown
    assert 'support_policy_mails_total{status="kept"} 1.0' in shown
    assert 'support_policy_calls_refused_total{why="rate"} 1.0' in shown
    assert 'support_policy_http_seconds_count{method="GET",route="/tickets/{ticket}",status="200"} 1.0' in shown
    assert {f"support_policy_{name} 3.0" for name in GAUGES} <= set(shown)


def test_two_meters_do_not_share_their_counts() -> None:
    """A meter counts for itself: nothing global remembers."""
    PrometheusMeter().mail("taken")
    assert "taken" not in PrometheusMeter().shown().decode()
