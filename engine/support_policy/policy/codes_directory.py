"""The codes of what can be wrong with calendars, maintenance and the directory. Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "P360": (
        "name of a calendar in use",
        "Offices and calendars share one set of names, and every policy has `local` and `always`.",
    ),
    "P361": ("calendars that contain each other", "A calendar made of others is, by a roundabout way, made of itself."),
    "P362": (
        "no such calendar file",
        "Files ending in .ics stand under rules/ and are named from the policy's folder.",
    ),
    "P363": (
        "calendar file cannot be read",
        "A file ending in .ics is an iCalendar file (RFC 5545); recurrences are worked out for the years 2000 to 2099.",
    ),
    "P364": (
        "calendar file without entries",
        "The file has no entry in the years 2000 to 2099, so it changes nothing.",
    ),
    "P365": ("entries that close nothing", "Days off are all-day entries; entries with times of day are left out."),
    "P366": ("entry without an address", "An entry of a rota names who is on duty: in its SUMMARY, or as ATTENDEE."),
    "P367": ("gap in a role", "Between two dated entries of a role there are days on which nobody fills it."),
    "P368": (
        "role that is empty at some time",
        "A chain tells a role that nobody fills on some days, or at some hours; what falls due then reaches nobody.",
    ),
    "P369": ("dates overlap", "Two entries hold at one time, and only one of them can."),
    "P370": (
        "rota without people",
        "A rota says who is on duty by one of `rotate` (with `handover` and `starts`), `weekly` and `ics`.",
    ),
    "P371": ("override before the rota", "The override is over before the first turn begins."),
    "P372": ("stand-ins in a circle", "Everyone in the circle is away, so nobody would be told."),
    "P373": ("maintenance that is void", "It was announced later than its notice asks, so the time counts after all."),
    "P375": (
        "plan that promises nothing",
        "An organization has a plan that is not one of those declared under `plans`.",
    ),
    "P374": ("stand-in for nobody", "Nobody in the directory has the address, so nobody is replaced."),
}
