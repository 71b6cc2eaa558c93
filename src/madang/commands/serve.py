"""``madang serve``: the whole site by one command."""


def serve(*, host: str = "127.0.0.1", port: int = 8000, num_workers: int = 1) -> None:
    """Prepare the database, start the background worker and serve the site until stopped.

    Args:
        host: the address to listen on; 0.0.0.0 opens the site to the network
        port: the port to listen on
        num_workers: server processes; more than one is worth it on PostgreSQL
    """
    from madang.community.serve.command import serve

    serve(host=host, port=port, num_workers=num_workers)
