"""The ground of the site: settings, addresses, what every request passes through."""
