# SPDX-License-Identifier: GPL-3.0-or-later
# `make score` and `make test` set up everything they need; `make help` lists the rest.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
JOBS := $(shell getconf _NPROCESSORS_ONLN)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help score test lint format bench picture docs check-c asan valgrind c-programs run-c-programs clean

help:
	@echo "make score      set up, then score and re-forecast the registry in forecasts/"
	@echo "                (with options: make score ARGS='--as-of 2023-12-31')"
	@echo "make test       set up, then run the C tests and pytest"
	@echo "                (with options: make test ARGS='-k verdict')"
	@echo "make check-c    the C tests alone"
	@echo "make asan       the C tests under the address and undefined-behaviour sanitizers"
	@echo "make valgrind   the C tests under valgrind"
	@echo "make lint       ruff and clang-format, as CI runs them"
	@echo "make format     let ruff and clang-format rewrite the files"
	@echo "make bench      the table of speeds, beside SciPy, NumPy and lmfit"
	@echo "                (a first look in half a minute: make bench ARGS=--quick)"
	@echo "make picture    draw the picture of the README anew"
	@echo "make docs       write docs/curves.md and its pictures from the registry of curves"
	@echo "make clean      remove what was built, .venv included"
	@echo "PYTHON=python3.12 chooses the interpreter of .venv (3.11 or later)"

# ---- the two commands ------------------------------------------------------------------------

score: $(VENV)/installed
	@$(BIN)/curvecast rescore $(ARGS)

test: $(VENV)/installed-test check-c
	$(BIN)/python -m pytest $(ARGS)

# ---- set-up: every file in .venv that is named here says that a step is done -----------------

CORE := $(shell find csrc -name '*.c' -o -name '*.h' -o -name '*.inc') csrc/compile_flags.txt

# A different interpreter than last time means a new environment.
ifneq ($(shell cat $(VENV)/interpreter 2>/dev/null),$(PYTHON))
.PHONY: $(VENV)/interpreter
endif

# An environment that was not made here is not ours to clear.
$(VENV)/interpreter: | tools/system-packages.sh
	@if [ -e "$(VENV)" ] && [ ! -e $@ ] && [ ! -e "$(VENV).unfinished" ]; then \
		echo "curvecast: $(VENV) exists and was not made by this Makefile; move it away, or name another with VENV=" >&2; \
		exit 1; fi
	@bash tools/system-packages.sh $(PYTHON)
	@echo "curvecast: making a virtual environment in $(VENV)"
	@touch "$(VENV).unfinished"
	@"$$(bash tools/system-packages.sh --which $(PYTHON))" -m venv --clear $(VENV)
	@echo $(PYTHON) > $@
	@rm "$(VENV).unfinished"

# What the package needs at run time, without the package: a change in csrc then costs a compilation and no download.
$(VENV)/requirements: $(VENV)/interpreter pyproject.toml
	@echo "curvecast: installing the Python packages that it uses (first time: a minute or two)"
	@$(PIP) install 'setuptools>=77'
	@$(call requirements,["dependencies"]) | $(PIP) install -r /dev/stdin
	@touch $@

$(VENV)/installed: $(VENV)/requirements setup.py $(CORE)
	@echo "curvecast: compiling the core and installing curvecast"
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/installed-%: $(VENV)/installed
	@echo "curvecast: installing what '$*' needs"
	@$(call requirements,["optional-dependencies"]["$*"]) | $(PIP) install -r /dev/stdin
	@touch $@

requirements = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]$(1), sep="\n")'

# ---- the C core, without Python --------------------------------------------------------------

BUILD := build/c
COMMA := ,
SANITIZE :=
RUN :=
# Errors in CI alone: another compiler may warn of more. maybe-uninitialized: GCC sees no end to loops up to p.
WARNINGS := $(if $(CI),-Werror) -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wmissing-prototypes \
	-Wstrict-prototypes -Wwrite-strings -Wcast-qual -Wno-maybe-uninitialized -Wno-unknown-warning-option
C_FLAGS = $(shell cat csrc/compile_flags.txt) -g $(WARNINGS) $(SANITIZE) -Icsrc $(shell gsl-config --cflags) \
	-DCC_VERSION='"test"' -MMD -MP

# A file of curves says so in its last line, CC_FAMILY(family, file, ...); registry.c lists the files.
WORD := [A-Za-z_0-9]*
FAMILY_FILES := $(shell sed -n 's/^ *CC_FAMILY.$(WORD), *\($(WORD)\),.*/EACH(\1)/p' $(sort $(wildcard csrc/curves/*.c)))

CORE_OBJECTS := $(patsubst csrc/%.c,$(BUILD)/csrc/%.o,$(sort $(shell find csrc -name '*.c' -not -path 'csrc/binding/*')))
C_TESTS := $(patsubst tests/c/%.c,$(BUILD)/%,$(sort $(wildcard tests/c/test_*.c)))

# Compiled and run side by side in a make of its own, so that the outputs of the other goals do not mix.
check-c: $(VENV)/interpreter
	@$(MAKE) --no-print-directory -j$(JOBS) c-programs BUILD=$(BUILD) SANITIZE="$(SANITIZE)"
	@$(MAKE) --no-print-directory -j$(JOBS) run-c-programs BUILD=$(BUILD) SANITIZE="$(SANITIZE)" RUN="$(RUN)"
	@echo "C tests: $(words $(C_TESTS)) programs passed"

asan:
	@$(MAKE) --no-print-directory check-c BUILD=build/asan SANITIZE="-O1 -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all"

valgrind:
	@$(MAKE) --no-print-directory check-c RUN="valgrind --quiet --error-exitcode=1 --leak-check=full"

c-programs: $(C_TESTS)
	@:

# The longest first, so that none is left alone at the end.
LONGEST := $(BUILD)/test_hostile $(BUILD)/test_batch $(BUILD)/test_invariance
IN_TURN := $(filter $(LONGEST),$(C_TESTS)) $(filter-out $(LONGEST),$(C_TESTS))
RUNS := $(IN_TURN:$(BUILD)/%=run-%)
.PHONY: $(RUNS)
run-c-programs: $(RUNS)
	@:

$(RUNS): run-%: $(BUILD)/%
	@echo "$<"; $(RUN) $<

# test_memory.c refuses allocations in turn.
ifeq ($(shell uname),Linux)
$(BUILD)/test_memory: WRAP := $(addprefix -Wl$(COMMA)--wrap=,malloc calloc free gsl_multifit_nlinear_alloc gsl_vector_alloc)
endif

$(C_TESTS): $(BUILD)/%: $(BUILD)/%.o $(CORE_OBJECTS)
	@$(CC) $(SANITIZE) $(WRAP) -o $@ $^ $(shell gsl-config --libs)

$(BUILD)/csrc/curves/registry.o: FAMILIES := -DCC_FAMILY_FILES='$(FAMILY_FILES)'
$(BUILD)/csrc/curves/registry.o: $(wildcard csrc/curves/*.c)

$(BUILD)/csrc/%.o: csrc/%.c csrc/compile_flags.txt
	@mkdir -p $(@D)
	@echo "  compiling $<"
	@$(CC) $(C_FLAGS) $(FAMILIES) -c -o $@ $<

$(BUILD)/%.o: tests/c/%.c csrc/compile_flags.txt
	@mkdir -p $(@D)
	@echo "  compiling $<"
	@$(CC) $(C_FLAGS) -c -o $@ $<

-include $(wildcard $(BUILD)/*.d $(BUILD)/csrc/*.d $(BUILD)/csrc/*/*.d)

# ---- housekeeping ----------------------------------------------------------------------------

C_SOURCES = $(shell find csrc tests/c -name '*.c' -o -name '*.h')

lint: $(VENV)/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run -Werror $(C_SOURCES)

format: $(VENV)/installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(C_SOURCES)

bench: $(VENV)/installed-test
	@$(BIN)/python -m benchmarks $(ARGS)

picture: $(VENV)/installed
	$(BIN)/python docs/make_picture.py

docs: $(VENV)/installed
	$(BIN)/python docs/make_curves.py

clean:
	rm -rf $(VENV) build dist python/*.egg-info python/curvecast/*.so .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
