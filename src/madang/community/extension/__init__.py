"""How apps meet without knowing each other: contributions, items, slots, narrowing, locks."""
