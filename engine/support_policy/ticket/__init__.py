"""State, agenda, decide, evaluate, explain: the pure core of the product."""
