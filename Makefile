# The only place where commands are written. `make serve` and `make test` need nothing but Python.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
DATA = $(shell sed -n 's/^interactions = "\(.*\)"/\1/p' recipes/$(RECIPE).toml)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help serve test mlflow lint format docs bench train row clean

help:  ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|'

serve: .venv/.site  ## start the community site (HOST=, PORT=)
	@$(BIN)/madang serve --host $(HOST) --port $(PORT)

test: .venv/.workshop chromium outage-tools  ## run every test: unit, contract, doctest, browser
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

mlflow: .venv/.mlflow  ## try the tracker for MLflow against a real server
	.venv/mlflow/bin/python -m pytest --numprocesses 2 tests/training/reporting/test_mlflow.py

lint: .venv/.workshop  ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.workshop  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.workshop  ## build the documentation into site/
	$(BIN)/mkdocs build --strict

bench: .venv/.workshop  ## measure speed, side by side with what there is to beat
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/serving_latency.py
	$(BIN)/python bench/serving_bulk.py
	$(BIN)/python bench/training_speed.py
	$(BIN)/python bench/pretraining_speed.py
	$(BIN)/python bench/interactions.py
	$(BIN)/python bench/recommendation_training.py
	$(BIN)/python bench/recommendation_evaluation.py
	$(BIN)/python bench/recommendation_bulk.py
	$(BIN)/python bench/site_load.py
	MADANG_ROUNDS=30 $(BIN)/python -m pytest tests/community/meeting/test_pairs.py

train: .venv/.workshop  ## train the shipped models from their recipes (a night)
	$(BIN)/madang train recipes/pretrain_small.toml
	$(BIN)/madang train recipes/pretrain_small_further.toml
	$(BIN)/madang train recipes/ads_first.toml
	$(BIN)/madang train recipes/nsmc.toml
	$(BIN)/madang train recipes/hate_unsmile.toml
	$(BIN)/madang train recipes/hate_beep.toml
	$(BIN)/madang train recipes/ner_kmou.toml
	$(BIN)/madang train recipes/sentence_pairs.toml
	$(BIN)/madang train recipes/sentence.toml
	$(BIN)/madang train recipes/gifts.toml

row: .venv/.workshop  ## train a recommender and measure it: make row RECIPE=beauty_sasrec (OPTIONS=)
	$(BIN)/madang train recipes/$(RECIPE).toml --output runs/$(RECIPE) $(OPTIONS)
	$(BIN)/madang evaluate-recommender $(DATA) --exclude_seen --model runs/$(RECIPE)/model

clean:  ## remove the environment and what was built; runs/ and var/ stay
	rm -rf .venv site .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Madang needs Python 3.11 or newer; $(PYTHON) is older. Try make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv

# What serving and the site need: no PyTorch, no compiler.
.venv/.site: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing the site (once) …"
	@$(INSTALL) --editable .
	@touch $@

# What training, measuring and testing need on top.
.venv/.workshop: .venv/.site
	@echo "Installing the workshop (once) …"
	@$(INSTALL) --editable '.[train,evaluate,postgresql,dev]'
	@touch $@

# MLflow brings a server and forty packages: an environment of its own, on top of the workshop's.
.venv/.mlflow: .venv/.workshop
	@echo "Installing MLflow (once) …"
	@$(BIN)/python -m venv .venv/mlflow
	@$(BIN)/python -c 'import sysconfig as s; print("import site; site.addsitedir(%r)" % s.get_path("purelib"))' \
		> "$$(.venv/mlflow/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/workshop.pth"
	@.venv/mlflow/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt mlflow
	@touch $@

# The browser tests drive a real Chromium.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
			apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk fonts-noto-color-emoji >/dev/null; } || \
		{ echo "The browser tests need Chromium: install the package 'chromium' (Debian: sudo apt-get install chromium fonts-noto-cjk)."; exit 1; }

# The outage tests set a clock ahead and fill a disk; the unit file is read by systemd itself.
.PHONY: outage-tools
outage-tools:
	@missing=""; \
	command -v faketime >/dev/null || missing="$$missing faketime"; \
	command -v unshare >/dev/null && command -v nsenter >/dev/null || missing="$$missing util-linux"; \
	command -v mount >/dev/null || missing="$$missing mount"; \
	command -v systemd-analyze >/dev/null || missing="$$missing systemd"; \
	[ -z "$$missing" ] || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } || \
		{ echo "The outage tests need$$missing: install these packages (Debian: sudo apt-get install$$missing)."; exit 1; }
