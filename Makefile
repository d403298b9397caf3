# siyu: every command, each with its one-line help. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help
help: ## List all commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is missing. Install it (Debian: apt-get install python3.11 python3.11-venv) and try again."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "siyu needs Python 3.11, $(PYTHON) is another. Call make PYTHON=/path/to/python3.11 …"; exit 1; }
	@echo "Creating the environment in $(VENV) (about a minute, once) …"
	@"$(PYTHON)" -m venv $(VENV)
	@$(VENV)/bin/pip install --disable-pip-version-check --progress-bar off -q -r requirements-dev.txt 2>&1 | { grep -v '^WARNING: Location' || true; }
	@$(RUN) -m pip check -q
	@$(RUN) -m compileall -q app.py chalicelib functions
	@touch $@

.PHONY: install
install: $(READY) ## Create the environment (the other commands do it when needed)

.PHONY: run
run: $(READY) ## Bring siyu up, play one customer's journey, serve until Ctrl-C
	@$(RUN) -m infra.local run

.PHONY: up
up: $(READY) ## Bring siyu up in the background
	@$(RUN) -m infra.local up

.PHONY: down
down: $(READY) ## End what `make up` started; the data stays
	@$(RUN) -m infra.local down

.PHONY: reset
reset: $(READY) ## Empty all data of the local stack
	@$(RUN) -m infra.local reset

.PHONY: journey
journey: $(READY) ## Play the journey against the running stack, a check mark per step
	@$(RUN) -m infra.local journey

.PHONY: logs
logs: $(READY) ## Follow what the functions log
	@$(RUN) -m infra.local logs

.PHONY: dev
dev: $(READY) ## HTTP with autoreload on the running stack's data
	@$(RUN) -m infra.local dev

.PHONY: doctor
doctor: $(READY) ## Check settings, secrets, callback addresses and WeChat; say how to mend each (STAGE=…)
	@$(RUN) -m infra.doctor $(STAGE)

.PHONY: test
test: $(READY) ## Every test: unit, tables, functions, HTTP contract, packaging, deployed stack, browser
	@$(RUN) -m pytest tests

.PHONY: test-tables
test-tables: $(READY) ## Tests of tables and services, on AWS_ENDPOINT_URL_DYNAMODB when set
	@$(RUN) -m pytest tests/tables

.PHONY: second-engine
second-engine: $(READY) ## The same tests on DynamoDB Local, Amazon's own engine (needs Java 17 and npm)
	@$(RUN) -m tests.second_engine

.PHONY: bench
bench: $(READY) ## Measure what each operation costs, write build/bench.json
	@$(RUN) -m tests.bench

.PHONY: faults
faults: $(READY) ## A fault at every call of every use case, then what must hold (seven minutes)
	@$(RUN) -m tests.faults

.PHONY: soak
soak: $(READY) ## The large sizes: 1,000 people at one pot, a pot of 1,000,000 shares (ten minutes)
	@$(RUN) -m tests.soak

.PHONY: check
check: $(READY) ## Lint, types, imports, policies, template, docs: all that CI runs besides the tests
	@$(RUN) -m infra.check

.PHONY: format
format: $(READY) ## Format the code and mend what lint can mend by itself
	@$(VENV)/bin/ruff format -q .
	@$(VENV)/bin/ruff check -q --fix .

.PHONY: policies
policies: $(READY) ## Write .chalice/policies and the function table after a change of infra/grants.py
	@$(RUN) -m infra.policies

.PHONY: package
package: $(READY) ## Build build/package/sam.json and deployment.zip
	@$(RUN) -m infra.build

.PHONY: first-admin
first-admin: $(READY) ## Make a WeCom userid an administrator: make first-admin STAGE=prod USERID=zhangsan
	@$(RUN) -m infra.first_admin "$(STAGE)" "$(USERID)"

.PHONY: deploy
deploy: $(READY) ## Deploy to AWS: make deploy STAGE=test
	@test -n "$(STAGE)" || { echo "Name a stage that has a file in infra/stages: make deploy STAGE=test"; exit 1; }
	@$(RUN) -m infra.deploy $(STAGE)
