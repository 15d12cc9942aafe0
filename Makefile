# One command for each thing, the same in CI and by hand.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= ../shared/data
DEVICE ?= cpu
QUESTION ?= In an adult with hypertension and no other illness, at what blood pressure should drug treatment start?

.PHONY: demo test lint fix eval bench models install clean

install: .venv/.installed-$(DEVICE)

.venv/.installed-$(DEVICE): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	rm -f .venv/.installed-*
	$(BIN)/python -m pip uninstall --quiet --yes faiss-cpu faiss-gpu
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(DEVICE),dev]'
	touch $@

models: install
	$(BIN)/rag models fetch

demo: models            ## set up, index the demo corpus, ask a question
	$(BIN)/rag ingest corpora/demo --index indexes/demo || \
		{ rm -rf indexes/demo; $(BIN)/rag ingest corpora/demo --index indexes/demo; }
	$(BIN)/rag ask "$(QUESTION)" --index indexes/demo

test: models            ## set up, run the tests
	$(BIN)/python -m pytest -q

lint: install           ## style, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: models            ## retrieval, guideline questions, verification; needs the measuring data and pdftotext
	$(BIN)/python eval/retrieval.py --data $(DATA)/retrieval --rerank 60
	$(BIN)/python eval/verification.py --claims --writer 60
	$(BIN)/python eval/released.py
	$(BIN)/python eval/released.py --thorough --rows 330
	$(BIN)/python eval/damage.py --judge trained --most 200
	$(BIN)/python eval/damage.py --judge trained --invariance
	$(BIN)/python eval/premises.py --data $(DATA)/guidelines
	$(BIN)/python eval/premises.py --blind --data $(DATA)/guidelines
	$(BIN)/python eval/doses.py
	$(BIN)/python eval/adversarial.py --decodes 100000
	$(BIN)/python eval/adversarial.py --without-constraint
	$(BIN)/python eval/calibrate.py --dry-run
	$(BIN)/python eval/guideline_qa.py --questions $(DATA)/guideline_qa/dev.jsonl \
		--documents $(DATA)/guidelines/us_gov $(DATA)/guidelines/who --index indexes/guidelines \
		--records eval/out/guideline_qa.jsonl
	$(BIN)/python eval/guideline_qa.py --questions $(DATA)/guideline_qa/dev.jsonl --index indexes/guidelines --select-only --with-bar
	$(BIN)/python eval/coverage_risk.py
	$(BIN)/python eval/alce.py --records eval/out/guideline_qa.jsonl --questions $(DATA)/guideline_qa/dev.jsonl

bench: models           ## timings and memory, measured side by side
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llama-index-readers-file==0.7.0
	$(BIN)/python eval/bench/ingest.py
	$(BIN)/python eval/bench/writer.py
	$(BIN)/python eval/bench/ask.py

clean:
	rm -rf .venv indexes/demo indexes/guidelines eval/out build dist
