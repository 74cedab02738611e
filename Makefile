# Needs only make and Python 3.11 or newer; everything else is installed here, under .venv, node_modules and var.
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# requirements-run.lock has only what a city's servers need: make setup LOCK=requirements-run.lock
LOCK ?= requirements.lock
STAMP := .venv/.installed-$(LOCK)

.PHONY: help setup demo test check format catalogues messages openapi lock clean

help: ## What can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Install the locked dependencies

$(STAMP): $(LOCK) package-lock.json
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

catalogues: setup ## Compile the translations
	@for app in config accounts activities ledger rewards dashboard sandbox sandbox/server; do \
		test -d $$app/locale || continue; \
		$(BIN)/pybabel --quiet compile --domain django --directory $$app/locale || exit 1; done

demo: setup catalogues ## A simulated city on an embedded PostgreSQL; prints the address and the sign-ins
	$(MANAGE) demo

test: setup catalogues ## All tests, on all cores
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: setup catalogues ## Format, lint, types, import map, migrations, deploy checks, OpenAPI
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DATABASE_URL=postgresql:///none $(BIN)/mypy  # needs the settings, not a server
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	.ci/check-deploy
	$(MANAGE) spectacular --lang en --format openapi-json --validate --fail-on-warn --file var/openapi.json
	diff docs/openapi.json var/openapi.json

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: setup ## Collect the texts of all apps into their catalogues (needs GNU gettext)
	@for app in config accounts activities ledger rewards dashboard sandbox; do \
		mkdir -p $$app/locale && (cd $$app && ../$(BIN)/python ../manage.py makemessages \
			--locale zh_Hans --no-obsolete --add-location file --no-wrap) || exit 1; done

openapi: setup ## Write docs/openapi.json anew
	$(MANAGE) spectacular --lang en --format openapi-json --validate --fail-on-warn --file docs/openapi.json

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --all-extras --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements.lock
	uv pip compile --universal --generate-hashes --constraints requirements.lock --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements-run.lock

clean: ## Remove what was installed and all local data
	rm -rf .venv node_modules var
