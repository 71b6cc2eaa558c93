"""Posts that are about the same: found by the nearness of what they mean."""
