"""Labels with their reasons, appeals, the moderators' queue, and what is learnt from them."""
