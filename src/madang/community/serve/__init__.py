"""What ``madang serve`` runs: a supervisor, the web server, the worker, the sample site."""
