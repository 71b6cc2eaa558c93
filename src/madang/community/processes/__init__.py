"""The processes of the site: who starts and watches them, and what a task worker sweeps."""
