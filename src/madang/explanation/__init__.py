"""Why a model decided as it did on one text, and the page that shows it."""
