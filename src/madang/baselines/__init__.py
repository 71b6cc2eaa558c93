"""What a network has to beat, and what it learns from: models of scikit-learn and scipy."""
