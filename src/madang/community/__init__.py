"""The community site: a Django project that runs without PyTorch."""
