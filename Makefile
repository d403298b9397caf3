# siyu: every command, each with its one-line help. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The newest Python that siyu runs on and that really starts: a version manager's stand-in may be there and refuse.
SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
ASKED_FOR := $(filter-out undefined,$(origin PYTHON))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	if "$$name" -c '$(SUITABLE)' 2>/dev/null; then command -v "$$name"; break; fi; done)
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
SEED ?= 1
WORKERS ?= 2

.PHONY: help
help: ## List all commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# An environment of another Python than the one asked for is made anew: the two would mix in it.
ifneq ($(ASKED_FOR),)
ifneq ($(shell "$(PYTHON)" -c '$(VERSION)' 2>/dev/null),$(shell $(RUN) -c '$(VERSION)' 2>/dev/null))
.PHONY: $(READY)
endif
endif

$(READY): requirements.txt requirements-dev.txt
	@python="$(PYTHON)"; \
	test -n "$$python" || { echo "No Python 3.13, 3.12 or 3.11 that can make environments was found. Install one (Debian: apt-get install python3 python3-venv) and try again, or call make PYTHON=/path/to/python3.13 …"; exit 1; }; \
	"$$python" -c '$(SUITABLE)' 2>/dev/null || { echo "siyu needs Python 3.13, 3.12 or 3.11 that can make environments (Debian: with python3-venv); $$python is none. Call make PYTHON=/path/to/python3.13 …"; exit 1; }; \
	echo "Creating the environment in $(VENV) with Python $$("$$python" -c '$(VERSION)') (about a minute, once) …"; \
	"$$python" -m venv --clear $(VENV)
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
test: $(READY) ## Every test, in two processes and in a shuffled order: make test SEED=7
	@$(RUN) -m pytest -n $(WORKERS) --order $(SEED) tests

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

.PHONY: docs-viewer
docs-viewer: $(READY) ## Fetch the viewer of /docs from npm after a change of its version in infra/docs_viewer.py
	@$(RUN) -m infra.docs_viewer

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
