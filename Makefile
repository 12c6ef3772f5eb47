# make book | test | run CHAPTER=09 SCALE=smoke SEED=1 | html | pdf | lab | student | slides | launch |
#      test-portable | clean
# Every target makes .venv and installs into it when requirements.txt or pyproject.toml changed.

PYTHON ?= python3
CHAPTER ?=
SCALE ?= book
SEED ?= 0
COURSE ?= _build/course

BIN := .venv/bin
STAMP := .venv/.installed
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)
CONVERT := jupyter nbconvert --log-level WARN
PACKAGES = $$(python -c "import sysconfig; print(sysconfig.get_path('purelib'))")

.PHONY: book test test-code test-book test-smoke test-site test-portable run html pdf lab student slides assignments launch clean

book: $(STAMP)
	python -m xfmr_lib run --again
	$(MAKE) --no-print-directory html

$(STAMP): requirements.txt pyproject.toml
	@test -d .venv || $(PYTHON) -c "import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else 'Python 3.11, 3.12 or 3.13 is needed; say make PYTHON=python3.12')"
	test -d .venv || $(PYTHON) -m venv .venv
	python -m pip install --progress-bar on -r requirements.txt
	touch $(STAMP)

test: $(STAMP)
	$(MAKE) --no-print-directory test-code
	$(MAKE) --no-print-directory test-book
	$(MAKE) --no-print-directory test-smoke
	$(MAKE) --no-print-directory html
	$(MAKE) --no-print-directory test-site
	@echo "everything holds"

test-code: $(STAMP)
	ruff check .
	ruff format --check .
	pytest tests -n 2 --dist loadfile --ignore tests/test_site.py --ignore tests/test_browser.py \
	  --ignore tests/test_print_book.py

test-book: $(STAMP)
	OMP_NUM_THREADS=1 pytest --nbval book -n 2 --dist loadscope

test-smoke: $(STAMP)
	python -m xfmr_lib run --again --scale smoke --output runs/test

test-site: $(STAMP)
	pytest tests/test_site.py tests/test_browser.py tests/test_print_book.py -n 2

test-portable: $(STAMP)
	python tests/portable.py

run: $(STAMP)
	python -m xfmr_lib run $(CHAPTER) --scale "$(SCALE)" --seeds "$(SEED)"

html: $(STAMP)
	rm -rf _build
	jupyter-book build --warningiserror --nitpick --keep-going --quiet .
	@echo "open $(CURDIR)/_build/html/index.html"

pdf: $(STAMP)
	python book/_ext/print_book.py _build/rows-in-motion.pdf

lab: $(STAMP)
	jupyter lab book

student: $(STAMP)
	rm -rf _build/student
	$(CONVERT) --config book/_ext/student.json --output-dir _build/student book/$(CHAPTER)*.ipynb
	cp -r book/claims.yml book/references.bib book/results book/figures _build/student
	@echo "without solutions and outputs: $(CURDIR)/_build/student"

slides: $(STAMP)
	rm -rf _build/slides
	PYTHONPATH=book/_ext $(CONVERT) --to slides --template _slides \
	  --TemplateExporter.extra_template_basedirs=book --output-dir _build/slides book/$(CHAPTER)*.ipynb
	cp -r book/figures book/_slides/slides.css book/_slides/reveal _build/slides
	cp $(PACKAGES)/sphinx-mathjax-offline/static/mathjax/tex-svg.js _build/slides
	@echo "a deck for each chapter: $(CURDIR)/_build/slides"

assignments: $(STAMP)
	python book/_ext/assignments.py "$(COURSE)"
	cd "$(COURSE)" && for each in source/*; do nbgrader generate_assignment --force --create "$${each#source/}"; done
	@echo "a course for nbgrader: $(COURSE)"

launch:
	rm -rf _build/launch
	mkdir -p _build/launch
	git archive HEAD .binder book xfmr_lib pyproject.toml README.md LICENSE | tar -x -C _build/launch
	$(PYTHON) book/_ext/launch.py _build/launch/book

clean:
	rm -rf _build runs .pytest_cache .ruff_cache xfmr_lib.egg-info
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
