# Every command of the repository. Paths are relative and quoted, since a clone may stand in
# a folder whose name has spaces; programs are run as modules, so that it may also be moved.

.DEFAULT_GOAL := help
.PHONY: help run link test check bench chaos mutants package deploy firm clean
MAKEFLAGS += --no-print-directory

python := .venv/bin/python
ready := sh local/setup.sh
engine := $(python) -m local.engine_binary

help: ## la liste des commandes / this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: ## démarre Relais sur http://127.0.0.1:8000 / start Relais (PORT, RELAIS_DATA)
	@$(ready) run && exec $(python) -m local

link: ## un nouveau lien de connexion / a new sign-in link
	@$(ready) run && exec $(python) -m local link

test: ## tous les tests, sur de vrais serveurs / all tests, on real servers (TESTS=tests/unit)
	@$(ready) dev && $(engine)
	@PYTHON="$$PWD/$(python)" bash tests/servers/install.sh
	@$(python) -m pytest -n auto --maxprocesses 4 $(TESTS)

check: ## style, types, règles d'import / lint, types, import rules
	@$(ready) dev
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy
	@$(python) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

bench: ## coût et vitesse, mesurés / cost and speed, measured
	@$(ready) dev && $(engine) && exec $(python) -m bench

chaos: ## pannes et courses, plus longtemps que dans les tests / faults and races, at length
	@$(ready) dev && $(engine) && exec $(python) -m tests.chaos

mutants: ## les tests attrapent-ils les fautes ? / do the tests catch mistakes?
	@$(ready) dev && $(engine) && exec $(python) -m tests.chaos.mutants

package: ## l'archive Lambda et le modèle AWS / the Lambda zip and the AWS template
	@$(ready) dev && exec $(python) -m infra.package

deploy: ## installe chez AWS / deploy to AWS (STAGE=prod)
	@$(ready) dev && exec $(python) -m infra.deploy

# The shell reads the values from the environment, so that an apostrophe does no harm.
firm: ## la première firme chez AWS / the first firm at AWS (FIRM="Boulangerie Martin" EMAIL=…)
	@$(ready) dev && exec $(python) -m infra.first_firm --name "$$FIRM" --email "$$EMAIL"

clean: ## efface ce qui se refait, jamais les données / remove what can be made again, never data
	@rm -rf .venv .cache node_modules build dist vendor test-results .pytest_cache .mypy_cache \
	  .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
