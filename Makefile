# Thin on purpose: what these do is in tools/.
#
#   make demo                                         the main job on the sample scenes, then the App
#   make demo HEADLESS=1                              the same, ending after the table
#   make demo ROOT=/path/to/SUNRGBD MODEL=hub/name    on your own scenes, with a model of your choice
#   make test ARGS="-k name"                          every test, or those that pytest's ARGS choose (-n0: in one process)
#   make web                                          the panels' script, dist/index.umd.js, from web/: commit it
#   make lint | make setup | make clean
#
# PYTHON=/path/to/python3.12 chooses the Python that .venv is made with.

python = $$(MAKECMDGOALS=$@ tools/python.sh $(PYTHON)) || exit 1

.PHONY: demo test setup lint web clean

demo:
	@python=$(python); "$$python" tools/setup_env.py
	@.venv/bin/python tools/demo.py $(if $(ROOT),--root "$(ROOT)") $(if $(MODEL),--model "$(MODEL)") \
		$(if $(filter-out 0,$(HEADLESS)),--headless)

test: setup
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/python tools/node.py run --silent lint
	@.venv/bin/python tools/node.py run --silent check

web: setup
	@.venv/bin/python tools/node.py run --silent build

setup:
	@python=$(python); "$$python" tools/setup_env.py --dev

# Keeps web/node_modules, which package-lock.json alone decides, and everything that git knows.
clean:
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path "*/node_modules/*" -prune -exec rm -rf {} +
