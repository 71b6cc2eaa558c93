"""The market's pages: thin, each asks permission, calls one action, draws one template."""
