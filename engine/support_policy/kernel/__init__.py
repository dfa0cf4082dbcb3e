"""Rules and workflows compiled: the only home of business_rules, transitions and re2."""
