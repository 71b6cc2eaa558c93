"""The market: gifts and talents offered by people, with reviews and what was taken."""
