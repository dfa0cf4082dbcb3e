"""The codes of what can be wrong with a policy as a whole, and with histories and events. Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "P301": ("hours given twice", "Two entries of `business_hours` or `hours` speak of the same weekday."),
    "P302": ("no weekday", "Weekdays are `mon` to `sun`, alone, in ranges such as `mon-fri`, or in lists with commas."),
    "P303": ("no range of dates", "`from` is not after `to`, and a special time has at most ten years."),
    "P304": (
        "keys that cannot stand together",
        (
            "A condition is `all`, `any`, `not` or `{name, operator, value}`, one of these alone: what stands beside "
            "it would have to be ignored. In the same way `otherwise` replaces `conditions`."
        ),
    ),
    "P305": ("declared twice", "Two entries have one name; which of them holds would be a matter of luck."),
    "P306": (
        "priority needs `hit_policy: first`",
        "The rules of the set `priority` give a ticket one priority, so the first that holds must decide.",
    ),
    "P310": (
        "unknown name",
        (
            "A name is used that nothing declares: a priority, office, metric, chain, event, state, rule or parameter. "
            "The help gives the nearest declared name."
        ),
    ),
    "P311": ("nothing declared", "A policy needs at least one office and one priority."),
    "P312": (
        "more urgent, yet slower",
        "A priority higher in the list has a longer target than the one below it. Most urgent comes first.",
    ),
    "P313": (
        "chain without beginning or levels",
        (
            "An automatic chain counts the time of a metric (`counts`) and has `levels`; a requested one begins with "
            "an event (`on`) and tells someone (`notify`)."
        ),
    ),
    "P314": (
        "levels out of order",
        "Every level counts from the start of the chain, so a later level needs a longer time than the one before it.",
    ),
    "P315": ("nobody fills the role", "A level or an advice tells a role that the directory gives to nobody."),
    "P316": (
        "assumption without effect",
        "An assumption of your own is named by no `if:`, so changing it would change nothing.",
    ),
    "P317": (
        "actions do not fit the rule set",
        "Rules of `guards` only hold or not; rules of the other sets must do something.",
    ),
    "P318": ("no lifecycle", "The workflow `request` is the life of a ticket; a policy cannot do without it."),
    "P319": ("nobody for unknown organizations", "Tickets of organizations outside the directory would reach nobody."),
    "P320": ("unknown clause", "A clause is cited that is not declared under `clauses:` in rules/."),
    "P321": (
        "clause without a rule",
        "A clause of the source document binds, yet no target, rule, level or transition follows from it.",
    ),
    "P322": ("cited clause that does not bind", "A clause with `binds: no` is cited as if something followed from it."),
    "P323": ("no cron expression", "Schedules are five fields: minute, hour, day of month, month, day of week."),
    "P324": (
        "schedule that never happens",
        "With `only_when_open`, a schedule is left out while its office is closed; this one always is.",
    ),
    "P325": ("part of a schedule without effect", "What a schedule says of its contents needs contents."),
    "P326": (
        "role that is filled organization by organization",
        (
            "One message for all is sent to whoever fills the role for no organization in particular: by a rota, or "
            "under `unknown_organization`."
        ),
    ),
    "P327": ("list of tickets that are over", "Schedules list open tickets; in a final state a ticket is over."),
    "P330": (
        "place without known holidays",
        "Holidays are kept by country (ISO 3166, two letters) and subdivision, as in `US/CA`, `GB/ENG`, `CN`.",
    ),
    "P331": (
        "unknown time zone",
        "Zones have the names of the IANA data, such as `Europe/London`; abbreviations such as `PST` are ambiguous.",
    ),
    "P332": ("calendar never opens", "Without opening hours no business time passes and nothing is ever due."),
    "P333": ("holidays known until", "The holidays library knows this place's holidays only up to a year."),
    "P334": (
        "moved days published until",
        "Where days off are moved from year to year by decree, later years change when the library is updated.",
    ),
    "P335": ("more than any policy has", "So many offices, places or special dates would take minutes to work out."),
    "P340": ("no policy", "A policy is a folder with a policy.yaml; `--policy` names the folder or the file."),
    "P341": ("too many files", "At most 500 files are read under rules/ and workflows/."),
    "P342": (
        "file cannot be read",
        "The operating system does not let us read a file or folder; the message says why.",
    ),
    "P343": (
        "folder not empty",
        "A new policy is written into a new or empty folder only, so that nothing is overwritten.",
    ),
    "P344": (
        "unreadable file name",
        "Messages name files, so the names of policy files are UTF-8 text without control characters.",
    ),
    "P351": (
        "matrix that does not fit its facts",
        "Rows and columns are facts with a list of values; every value has its place in the table, once.",
    ),
    "P352": (
        "versions that do not follow one another",
        (
            "A later version begins later. Where it says `open_tickets: retarget` it takes over the tickets in flight, "
            "and must know their states, metrics, chains and priorities."
        ),
    ),
    "P353": (
        "threshold without its target",
        "`before`, `at` and `past_due` are counted from the target of the chain's metric, in the same kind of time.",
    ),
    "P354": ("threshold before the start", "A warning so long before the target comes at the start, every time."),
    "P355": ("timer that does nothing", "A timer has an event happen (`do`), tells somebody (`notify`), or both."),
    "P356": (
        "name of the engine's own",
        "The log of a ticket holds the engine's records beside the events; one name means one thing there.",
    ),
    "P357": (
        "version that was in force before",
        (
            "Each version governs the tickets that began under it, and is found by its digest. What is to come back is "
            "a new version: the same text under a new `version:` label."
        ),
    ),
    "E401": ("unknown event type", "The event types of a policy are the triggers of its workflows."),
    "E402": ("no instant", "Instants are ISO 8601 with an offset from UTC: without one, nobody knows when it was."),
    "E403": ("unknown actor", "`by` is one of customer, engineer, manager, director, automatic."),
    "E404": ("unknown fact", "An event sets only facts that the policy declares."),
    "E405": ("value that the fact cannot have", "A fact has a type, and perhaps a list of values it may take."),
    "E406": ("unknown priority", "A change of priority leads to a priority that the policy declares."),
    "E407": (
        "same id, other content",
        "Sending an event again is harmless; a correction gets an id of its own.",
    ),
    "E410": ("not a history", "A history is an object with `ticket` and `events`."),
    "E411": ("unknown key in a history", "A key that nobody reads would look as if it did something."),
    "E412": ("ticket without a name", "`ticket` is the ticket's name, a text."),
    "E413": ("events are no list", "`events` is a list, of limited length: one history is one ticket."),
    "E414": ("not an event", "An event is an object with `at` and `type`."),
    "E415": ("part of an event of the wrong type", "Names and reasons are texts; `fields` is an object of facts."),
}
