# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make quickstart   rehearse on the sandbox      make test   check everything      make help   the rest
# Needs git, make, openssl and a Python of 3.11 to 3.14 with venv (PYTHON=/path/to/python chooses one). Everything else goes to .venv
# and .build. Only with CI=true, and as root on Debian, packages of the system are installed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

ifndef PYTHON
PYTHON := $(shell sh tests/tools/find_python.sh 13 12 11 14)
endif
ifndef PYTHON39
PYTHON39 := $(shell sh tests/tools/find_python.sh 9)
endif
# For ansible-core 2.16 and 2.17.
ifndef PYTHON310
PYTHON310 := $(shell sh tests/tools/find_python.sh 10 11 12)
endif

root := $(CURDIR)
requirements := tests/requirements
link := .build/collections/ansible_collections/wotrus/pki
installed := $(root)/.build/installed
here := $(link)

venv := .build/venv
venv216 := .build/venv-2.16
importer := .build/venv-importer
partner := .build/venv-partner
page := .build/venv-report
venv39 := .build/venv-oldest
venv_eda := .build/venv-eda
venv_awx := .build/venv-awx
venv_iac := .build/venv-iac
# Every ansible-core that is supported. The first two need a Python from 3.10 to 3.12, and from 2.20 on they need Python 3.12.
cores := 2.16 2.17 2.18 2.19 2.20 2.21
# Those that are older than the newest which this Python runs, and that have a Python here. Every other environment has the newest.
older_cores := $(filter-out $(if $(PYTHON310),,2.16 2.17) \
    $(if $(filter True,$(shell "$(PYTHON)" -c 'import sys; print(sys.version_info < (3, 12))')),2.19 2.20) 2.21,$(cores))
bin := $(venv)/bin
pytest := $(bin)/python -m pytest -q
# A worker has a sandbox of its own, and the tests of a file stay together.
at_once := --numprocesses=auto --dist=loadfile
# Tests of a minute each: a worker that has none left takes half of another's.
shared_out := --numprocesses=auto --dist=worksteal

# Settings of the person who runs this must not decide what the tests find.
unexport ANSIBLE_CONFIG ANSIBLE_COLLECTIONS_PATH ANSIBLE_HOME PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV
# Bytecode is kept, but not beside the sources.
export PYTHONPYCACHEPREFIX := $(root)/.build/bytecode
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Ansible refuses a locale without UTF-8. macOS has no C.UTF-8.
export LC_ALL := $(if $(filter Darwin,$(shell uname -s)),en_US.UTF-8,C.UTF-8)

# What tools keep in the user's home goes to .build. The settings of pip, git and pyenv there still count.
ifndef PYENV_ROOT
export PYENV_ROOT := $(HOME)/.pyenv
endif
PIP_CONFIG_FILE ?= $(firstword $(wildcard $(or $(XDG_CONFIG_HOME),$(HOME)/.config)/pip/pip.conf $(HOME)/.pip/pip.conf))
GIT_CONFIG_GLOBAL ?= $(firstword $(wildcard $(HOME)/.gitconfig $(or $(XDG_CONFIG_HOME),$(HOME)/.config)/git/config))
$(foreach setting,PIP_CONFIG_FILE GIT_CONFIG_GLOBAL,$(if $($(setting)),$(eval export $(setting) := $($(setting)))))
unexport XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME
user_home := $(HOME)
export HOME := $(shell mkdir -p .build/home && cd .build/home && pwd)

.PHONY: help
help: ## Show the targets
	@sed -n 's/^\([a-z0-9.%-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

# ---- virtual environments: made anew when their list of packages changes

define make_venv
@sh tests/tools/needs.sh base "$(1)" $(4)
@"$(1)" tests/tools/make_venv.py $(2) $(3)
@touch $@
endef

.venv/.installed: $(requirements)/quickstart.txt
	$(call make_venv,$(PYTHON),.venv,$<)

$(venv)/.installed: $(requirements)/test.txt
	$(call make_venv,$(PYTHON),$(venv),$<)

$(page)/.installed: $(requirements)/report.txt
	$(call make_venv,$(PYTHON),$(page),$<)

$(importer)/.installed: $(requirements)/importer.txt
	$(call make_venv,$(PYTHON),$(importer),$<)

$(partner)/.installed: $(requirements)/partner.txt
	$(call make_venv,$(PYTHON),$(partner),$<)

# One for each ansible-core that is supported, with nothing but what a controller needs.
.PRECIOUS: .build/venv-2.%/.installed
.build/venv-2.16/.installed .build/venv-2.17/.installed: .build/venv-2.%/.installed: $(requirements)/core-2.%.txt
	$(call make_venv,$(PYTHON310),$(@D),$<,'3.10 to 3.12')

.build/venv-2.%/.installed: $(requirements)/core-2.%.txt
	$(call make_venv,$(PYTHON),$(@D),$<)

# The development version changes each day, and has no digest. CORE_DEVEL names another source.
CORE_DEVEL ?= https://github.com/ansible/ansible/archive/devel.tar.gz
.build/venv-devel/.installed: $(requirements)/core-2.21.txt
	$(call make_venv,$(PYTHON),$(@D),$<)
	@$(@D)/bin/python -m pip install --quiet --upgrade "$(CORE_DEVEL)"

$(venv_eda)/.installed: $(requirements)/eda.txt
	$(call make_venv,$(PYTHON),$(venv_eda),$<)

$(venv39)/.installed: $(requirements)/oldest.txt
	$(call make_venv,$(PYTHON39),$(venv39),$<)

$(venv_awx)/.installed: $(requirements)/awx.txt
	$(call make_venv,$(PYTHON),$(venv_awx),$<)

$(venv_iac)/.installed: $(requirements)/iac.txt
	$(call make_venv,$(PYTHON),$(venv_iac),$<)

$(link):
	@mkdir -p $(@D)
	@ln -s ../../../.. $@

# Every one that the tests need, made side by side.
.PHONY: environments
# Python compiles what is used, and keeps it elsewhere.
environments: export PIP_COMPILE := 0
environments: stamps = $(venv) $(venv_eda) $(venv_awx) $(venv_iac) $(page) $(if $(PYTHON39),$(venv39))
environments:
	+@$(MAKE) --no-print-directory -j4 $(stamps:%=%/.installed)

# ---- for users

# Ansible finds collections in the site-packages of its own Python, so an activated .venv needs no further setting.
.PHONY: quickstart
quickstart: .venv/.installed ## Order, verify and deploy a certificate from the sandbox
	@sh tests/tools/needs.sh base .venv/bin/python
	@echo "Installing the collection into .venv"
	@rm -rf .build/quickstart
	@.venv/bin/ansible-galaxy collection build --output-path .build/quickstart >/dev/null
	@site=$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	ANSIBLE_COLLECTIONS_PATH="$$site" .venv/bin/ansible-galaxy collection install .build/quickstart/wotrus-pki-*.tar.gz \
	    --offline --force --collections-path "$$site" >/dev/null
	@PATH="$(root)/.venv/bin:$$PATH" ANSIBLE_REMOTE_TMP="$(HOME)/.ansible/tmp" ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false \
	ansible-playbook wotrus.pki.quickstart --extra-vars '{"wotrus_quickstart_dir": "$(root)/.quickstart"}'
	@printf '%s\n' 'For the next commands of the README, type these lines:' "  . $(root)/.venv/bin/activate" "  export LC_ALL=$$LC_ALL"
	@# Ansible looks into the user's own collections first, where an older copy may be.
	@other=$$(HOME="$(user_home)" $(if $(ANSIBLE_COLLECTIONS_PATH),ANSIBLE_COLLECTIONS_PATH="$(ANSIBLE_COLLECTIONS_PATH)") .venv/bin/python -c \
	    'import os; from ansible.constants import COLLECTIONS_PATHS as paths; \
	    print(*[p for p in (os.path.join(path, "ansible_collections/wotrus/pki") for path in paths) if os.path.isdir(p)][:1])') && \
	if [ -n "$$other" ]; then printf '%s\n' "  export ANSIBLE_COLLECTIONS_PATH=$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	    "Without the third line, Ansible would use another copy of the collection: $$other. Or remove that copy."; fi
	@printf '%s\n' 'The sandbox of the quickstart runs until you stop it: make quickstart-stop'

.PHONY: quickstart-stop
quickstart-stop: ## Stop the sandbox of the quickstart; its orders and certificates stay in .quickstart
	@if [ -d .quickstart/sandbox ] && [ -x .venv/bin/python ]; then \
	.venv/bin/python roles/sandbox/files/wotrus_sandbox --data-dir .quickstart/sandbox --ready-file .quickstart/sandbox/ready.json --stop; \
	else echo "not running"; fi

# ---- for contributors

# In this order, after the environments and the tarball: eda, which waits much of its time and is left out without Java, is the first.
stages := eda unit lint simulation integration sanity awx iac torture-short unit-oldest report-page

not_tested := .build/not-tested
times := .build/times

.PHONY: test
test: ## Everything below, to the benchmark, two stages at once; prints the time of each, and what was not tested
	@sh tests/tools/needs.sh base "$(PYTHON)"
	@sh tests/tools/needs.sh install
	@sh tests/tools/needs.sh list "$(PYTHON)" "$(PYTHON39)" >$(not_tested)
	@echo "make test: this machine cannot test all:"; sed 's/^/  - /' $(not_tested)
	@began=$$(date +%s); rm -f $(times); stages="$(stages:%=time-%)"; \
	sh tests/tools/needs.sh java 2>/dev/null || stages="$${stages#time-eda }"; \
	$(MAKE) --no-print-directory time-environments time-build && \
	$(MAKE) --no-print-directory -j2 --old-file=build $(if $(filter output-sync,$(.FEATURES)),--output-sync=recurse) $$stages; code=$$?; \
	echo "make test: $$(paste -s -d , $(times) | sed 's/,/, /g')."; [ $$code = 0 ] || exit 2; \
	echo "make test: all passed in $$(($$(date +%s) - began)) s, on $$($(bin)/python --version) with ansible-core $(call core_of,$(venv))."
	@echo "make test: NOT tested here:"; sed 's/^/  - /' $(not_tested)

time-%:
	@began=$$(date +%s); $(MAKE) --no-print-directory $(if $(filter build,$*),,--old-file=build) $* && ended="" || ended="failed after "; \
	took="$* $$ended$$(($$(date +%s) - began)) s"; echo "$$took" >>$(times); echo "make test: $$took"; [ -z "$$ended" ]

core_of = $$($(1)/bin/python -c 'from importlib.metadata import version; print(version("ansible-core"))')

.PHONY: lint
lint: $(venv)/.installed $(link) ## Style, types, licences, documentation
	$(bin)/ruff check --quiet .
	$(bin)/ruff format --quiet --check .
	$(bin)/mypy $(here)/plugins $(here)/roles/sandbox/files/wotrus_sandbox $(here)/extensions/eda/plugins
	$(bin)/yamllint --strict .
	ANSIBLE_COLLECTIONS_PATH="$(root)/.build/collections" PATH="$(root)/$(bin):$$PATH" $(bin)/ansible-lint --offline -q
	REUSE_ENCODING_MODULE=chardet $(bin)/reuse lint --quiet || REUSE_ENCODING_MODULE=chardet $(bin)/reuse lint
	$(bin)/bandit --quiet --recursive plugins extensions roles noxfile.py
	$(bin)/zizmor --quiet --offline --no-progress --persona=pedantic .github
	$(bin)/antsibull-changelog lint
	PATH="$(root)/$(bin):$$PATH" $(bin)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self --check-extra-docs-refs .

.PHONY: unit
unit: $(venv)/.installed $(link) ## Tests of the layers
	$(pytest) $(at_once) tests/unit

# What runs on a target; the rest runs in the controller's Python.
on_targets := client model revocation store texts x509
# Hundreds of runs of the same calls, which no Python and no library changes.
not_on_oldest := kill failing_disk

.PHONY: unit-oldest
ifneq ($(PYTHON39),)
unit-oldest: $(venv39)/.installed $(link) ## The part that runs on targets, on Python 3.9 with the oldest libraries, where there is one
	$(venv39)/bin/python -m pytest -q $(at_once) $(not_on_oldest:%=--ignore=tests/unit/store/test_%.py) $(on_targets:%=tests/unit/%)
else
unit-oldest:
	@echo "Not run: the unit tests on Python 3.9, which this machine does not have."
endif

# Each of its tests plays histories of its own, so a core that has none left takes the next.
.PHONY: simulation
simulation: $(venv)/.installed $(link) ## Random histories in the simulated world, a fixed number, and those that found something
	$(pytest) $(shared_out) tests/simulation

SECONDS ?= 60
.PHONY: simulate
simulate: export WOTRUS_SIMULATION_SECONDS := $(SECONDS)
simulate: $(venv)/.installed $(link) ## Random histories with new seeds, for SECONDS (60)
	$(pytest) $(shared_out) tests/simulation/test_random_histories.py

.PHONY: simulate-playbooks
simulate-playbooks: export WOTRUS_SIMULATION_SECONDS := $(SECONDS)
simulate-playbooks: $(venv)/.installed $(link) build ## The same with ansible-playbook and the installed tarball
	WOTRUS_TORTURE=long $(torture) $(shared_out) tests/torture/histories/test_random_histories.py

HISTORIES ?= 5000
.PHONY: simulate-figures
simulate-figures: $(venv)/.installed $(link) ## HISTORIES (5000) in figures, and the branches of _planning and _workflow that they reach
	@rm -rf .build/coverage && mkdir -p .build/coverage
	$(bin)/coverage run -m tests.simulation.figures $(HISTORIES)
	$(bin)/coverage combine --quiet
	$(bin)/coverage report --fail-under=0 --include='*/module_utils/_planning/*,*/module_utils/_workflow/*'

.PHONY: check
check: ## lint, unit tests but those of texts and kills, kept and some random histories, costs of runs, in four minutes
	+@$(MAKE) --no-print-directory -j2 lint check-tests

# Histories of fixed seeds: what fails here is of this change.
.PHONY: check-tests
check-tests: $(venv)/.installed $(link)
	$(pytest) $(at_once) $(addprefix --ignore=tests/unit/,house texts store/test_kill.py store/test_failing_disk.py) tests/unit
	$(pytest) $(shared_out) $(addprefix tests/simulation/test_,examples.py known_breaks.py \
	    random_histories.py::test_every_promise_holds[0] random_histories.py::test_every_promise_holds[1]) tests/integration/test_costs.py

.PHONY: build
build: $(venv)/.installed ## The tarball, and an empty folder it is installed into
	@rm -rf .build/dist "$(installed)"
	@$(bin)/ansible-galaxy collection build --output-path .build/dist >/dev/null
	@ANSIBLE_COLLECTIONS_PATH="$(installed)" $(bin)/ansible-galaxy collection install .build/dist/wotrus-pki-*.tar.gz --offline --collections-path "$(installed)" >/dev/null
	@echo "$$(ls .build/dist/*.tar.gz) is installed in $(installed)"

.PHONY: sbom
sbom: build ## The tarball, and the list of its components beside it (CycloneDX)
	@$(bin)/python tests/tools/sbom.py .build/dist/wotrus-pki-*.tar.gz

.PHONY: integration
integration: $(venv)/.installed build ## The installed tarball with ansible-playbook
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(bin)" $(pytest) $(shared_out) tests/integration

integration-%: $(venv)/.installed .build/venv-%/.installed build ## The same with another ansible-core, such as 2.18 or devel
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/.build/venv-$*/bin" $(pytest) $(shared_out) tests/integration

# What depends on how ansible-core templates, includes and registers; the rest is the same code on every version.
on_oldest := $(addprefix tests/integration/test_,first_run.py pending.py planned.py reload.py workflow_services.py \
    plan_file.py::test_plan_is_written_applied_and_then_there_is_nothing_to_do \
    output.py::test_a_failure_is_in_the_language_of_the_run_and_has_no_form_for_programs \
    workflow_token.py::test_token_of_a_vault_places_orders_and_is_not_shown) \
    $(addprefix tests/torture/attacks/test_,api.py host.py)

.PHONY: integration-oldest
ifneq ($(PYTHON310),)
integration-oldest: $(venv)/.installed $(venv216)/.installed build ## The part that depends on ansible-core with the oldest; integration-2.16 is all
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(venv216)/bin" $(pytest) $(shared_out) $(on_oldest)
else
integration-oldest:
	@echo "Not run: the integration tests with ansible-core 2.16, which needs a Python from 3.10 to 3.12."
endif

torture = WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(bin)" $(pytest)

.PHONY: torture-short
torture-short: $(venv)/.installed $(link) build ## Faults, kills, hostile data and leaks, in a short form
	WOTRUS_TORTURE=short $(torture) $(at_once) tests/torture

.PHONY: torture
torture: $(venv)/.installed $(link) build ## The same in the long form
	WOTRUS_TORTURE=long $(torture) $(at_once) tests/torture --ignore=tests/torture/kill
	@# Nearly all kills are in one file, whose tests need nothing of each other.
	WOTRUS_TORTURE=long $(torture) --numprocesses=auto --dist=load tests/torture/kill

.PHONY: awx
awx: $(venv_awx)/.installed build ## Jobs as AWX runs them, and what configures it
	@# The tests begin with the files that take longest, and not with those that have most tests.
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(venv_awx)/bin" \
	    $(venv_awx)/bin/python -m pytest -q $(at_once) --no-loadscope-reorder --ignore=tests/awx/test_each_core.py tests/awx

# In the nox sessions these are all.
AWX_CORES ?= $(firstword $(older_cores))

.PHONY: awx-older
awx-older: $(venv_awx)/.installed $(AWX_CORES:%=.build/venv-%/.installed) build ## The part that depends on ansible-core, with the oldest
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(venv_awx)/bin" \
	    WOTRUS_TEST_OLDER_CORES="$(AWX_CORES)" $(venv_awx)/bin/python -m pytest -q $(shared_out) tests/awx/test_each_core.py

.PHONY: older-cores
older-cores: integration-oldest awx-older ## What make test leaves out: the parts that depend on ansible-core, with the oldest

.PHONY: iac
iac: $(venv_iac)/.installed build ## The example repository: its pipelines, ansible-lint, molecule and ansible-navigator
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(venv_iac)/bin" $(venv_iac)/bin/python -m pytest -q $(shared_out) tests/iac

.PHONY: report-page
report-page: $(page)/.installed $(link) ## The report's page in headless Chromium, and its metrics by Prometheus's own parser
	@chromium=$$(sh tests/tools/find_chromium.sh); \
	if [ -n "$$chromium" ]; then WOTRUS_TEST_CHROMIUM="$$chromium" $(page)/bin/python -m pytest -q tests/page; \
	else $(page)/bin/python -m pytest -q tests/page/test_metrics.py && \
	echo "NOT tested: the report's page, which needs Chromium (package chromium of Debian)."; fi

.PHONY: screenshot
screenshot: $(page)/.installed $(link) ## Take the screenshots of the report for its guide
	PYTHONPATH="$(root):$(root)/.build/collections" $(page)/bin/python -m tests.page.screenshot \
	    "$$(sh tests/tools/find_chromium.sh)" docs/docsite/rst/images

.PHONY: sanity
# pylint takes half of the time, and most of its rules are among those of ruff.
sanity: $(venv)/.installed ## ansible-test sanity of what users run; sanity-2.21 adds pylint, the tests, and every Python of this machine
	$(bin)/python tests/tools/sanity.py --work .build/sanity --exclude tests/ --skip-test pylint --python $$($(bin)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

sanity-%: $(venv)/.installed .build/venv-%/.installed ## The same of another ansible-core, such as 2.19 or devel
	PATH="$$PATH:$(root)/$(bin)" .build/venv-$*/bin/python tests/tools/sanity.py --work .build/sanity-$*

# Its tests wait much of their time.
.PHONY: eda
eda: $(venv_eda)/.installed build ## The installed tarball with ansible-rulebook, which needs Java 17 or newer
	@sh tests/tools/needs.sh java
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(venv_eda)/bin" $(venv_eda)/bin/python -m pytest -q --numprocesses=4 --dist=worksteal tests/eda

.PHONY: bench
bench: $(venv)/.installed $(venv_eda)/.installed build ## What orders, the role, waiting and pushes cost; fails if a goal is missed
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(bin)" WOTRUS_BENCH_EDA_BIN="$(root)/$(venv_eda)/bin" \
	    $(pytest) --durations=0 tests/benchmarks

.PHONY: bench-quick
bench-quick: export WOTRUS_BENCH := quick
bench-quick: bench ## The same for few hosts, without goals

.PHONY: manual-map
manual-map: $(venv)/.installed ## Which test holds which statement of WoTrus's manual
	@$(bin)/python tests/tools/manual_map.py

.PHONY: code-lines
code-lines: $(venv)/.installed ## Lines of code by package, without comments, docstrings, documentation and imports
	@$(bin)/python tests/tools/code_lines.py

.PHONY: translations
translations: $(venv)/.installed ## Messages that a language lacks, and texts that nothing uses
	@$(bin)/python tests/tools/translations.py

.PHONY: coverage
coverage: $(venv)/.installed $(link) build ## Lines and branches of plugins that the tests reach, 95 % at least
	@rm -rf .build/coverage && mkdir -p .build/coverage
	$(bin)/coverage run -m pytest -q $(at_once) tests/unit tests/simulation
	WOTRUS_TEST_COLLECTIONS="$(installed)" WOTRUS_TEST_ANSIBLE_BIN="$(root)/$(bin)" $(bin)/coverage run -m pytest -q $(shared_out) tests/integration
	$(bin)/coverage combine --quiet
	$(bin)/coverage report

# They show real output, which differs each time. To record them anew, remove them first.
pictures := docs/docsite/rst/images
$(pictures)/recording.svg $(pictures)/recording_zh.svg: | $(venv)/.installed $(link)
	PATH="$(root)/$(bin):$$PATH" ANSIBLE_COLLECTIONS_PATH="$(root)/.build/collections" PYTHONPATH="$(root):$(root)/.build/collections" \
	    $(bin)/python -m tests.tools.recording $(patsubst recording%,guide_start%,$(basename $(@F))) $@

# What the tests find, as tables in the built site.
define evidence
(cd "$(root)" && mkdir -p .build/evidence && export WOTRUS_EVIDENCE="$(root)/.build/evidence" PYTHONPATH="$(root):$(root)/.build/collections" && \
	$(pytest) $(at_once) tests/simulation/test_readings.py tests/torture/faults/test_matrix.py && \
	$(bin)/python -m tests.tools.evidence .build/evidence .build/docs/rst/docsite)
endef

.PHONY: docs
docs: $(venv)/.installed $(link) $(pictures)/recording.svg $(pictures)/recording_zh.svg ## The users' site and the contributors' site as HTML, in .build/docs
	@rm -rf .build/docs && mkdir -p .build/docs
	@cd .build/docs && export PATH="$(root)/$(bin):$$PATH" ANSIBLE_COLLECTIONS_PATH="$(root)/.build/collections" && { \
	antsibull-docs sphinx-init --use-current --squash-hierarchy --fail-on-error --dest-dir . --project wotrus.pki \
	    --title wotrus.pki --html-short-title wotrus.pki --copyright 'the wotrus.pki contributors' wotrus.pki && \
	cat "$(root)/docs/docsite/conf.py" >>conf.py && \
	chmod go-w rst && \
	antsibull-docs --config-file antsibull-docs.cfg collection --cleanup everything --fail-on-error --use-current \
	    --squash-hierarchy --dest-dir rst wotrus.pki && \
	cp -R "$(root)/docs/docsite/rst/images" rst/docsite/ && \
	$(if $(EVIDENCE),$(evidence) &&) \
	mv rst/index.rst rst/reference.rst && cp "$(root)/docs/docsite"/index*.rst rst/ && \
	sphinx-build -M html rst build -c . -W --keep-going && \
	sphinx-build -b html -c . -d contributing -D html_title='wotrus.pki for contributors' -W --keep-going "$(root)/docs/contributing" build/html/contributing; } \
	    >build.log 2>&1 || { cat build.log; exit 1; }
	@echo "The guides and the module reference: .build/docs/build/html/index.html; for contributors: contributing/index.html"

# A release is published with what the tests find, which takes some minutes.
.PHONY: docs-test
docs-test: EVIDENCE := yes
docs-test: docs $(page)/.installed $(link) ## The same with the tables of the tests, and its search and links in headless Chromium
	@chromium=$$(sh tests/tools/find_chromium.sh); \
	if [ -n "$$chromium" ]; then \
	WOTRUS_TEST_SITE="$(root)/.build/docs/build/html" WOTRUS_TEST_CHROMIUM="$$chromium" $(page)/bin/python -m pytest -q tests/docs; \
	else echo "NOT tested: the site's search, which needs Chromium (package chromium of Debian)."; fi

.PHONY: release-check
release-check: lint translations importer partner-checks $(foreach core,$(cores),sanity-$(core)) docs-test ## What a release must pass besides the tests
	@echo "release-check: the tarball imports without a finding, Red Hat's checks of event plugins have none, no text lacks a language, and ansible-test sanity passes on ansible-core $(cores)."

.PHONY: importer
importer: build $(importer)/.installed ## Galaxy's importer on the tarball, and no finding
	@mkdir -p .build/importer
	cd .build/importer && PATH="$(root)/$(importer)/bin:$$PATH" "$(root)/$(importer)/bin/python" "$(root)/tests/tools/importer.py" "$(root)"/.build/dist/wotrus-pki-*.tar.gz

# The options are those of https://github.com/ansible/eda-partner-testing, tox.ini, which checks extensions/eda/plugins alone.
.PHONY: partner-checks
partner-checks: build $(partner)/.installed ## Red Hat's checks of event plugins on the tarball, and no finding
	@cd "$(installed)/ansible_collections/wotrus/pki" && export PATH="$(root)/$(partner)/bin:$$PATH" PYLINTHOME="$(root)/.build/pylint" && \
	ruff check --isolated --no-cache --select ALL --ignore INP001,FA102,UP001,UP010,I001,FA100,PLR0913,E501 -q extensions/eda && \
	darglint -s numpy -z full extensions/eda && \
	find ./extensions/eda -name '*.py' -print0 | xargs -0 pylint --output-format=parseable -sn --disable R0801,E0401,C0103,R0913,R0902,R0903
	@echo "partner-checks: ruff, darglint and pylint have no finding in extensions/eda."

.PHONY: changelog
changelog: $(venv)/.installed $(link) ## Write CHANGELOG.md from the fragments and the modules; anew, until the version has a tag
	@$(bin)/python tests/tools/release.py changelog
	PATH="$(root)/$(bin):$$PATH" $(bin)/antsibull-changelog release --reload-plugins

.PHONY: format
format: $(venv)/.installed ## Let ruff lay out the code
	$(bin)/ruff check --quiet --fix .
	$(bin)/ruff format --quiet .

image := extensions/awx/execution-environment

.PHONY: lock
lock: ## Pin what is newest today, with the digests of its files (needs uv)
	@for name in core-2.16 core-2.17; do \
	    uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.10 --no-header $(requirements)/$$name.in -o $(requirements)/$$name.txt || exit 1; \
	done
	@for name in quickstart test eda awx iac importer nox partner report core-2.18 core-2.19; do \
	    uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header $(requirements)/$$name.in -o $(requirements)/$$name.txt || exit 1; \
	done
	@for name in core-2.20 core-2.21; do \
	    uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.12 --no-header $(requirements)/$$name.in -o $(requirements)/$$name.txt || exit 1; \
	done
	@cd docs/examples/infrastructure-as-code && ci/lock
	@uv pip compile --quiet --generate-hashes --python-platform linux --python-version 3.13 --no-annotate --no-header \
	    --constraint $(requirements)/awx.txt $(image)/requirements.in -o $(image)/requirements.txt
	@uv pip compile --quiet --upgrade --generate-hashes --python-version 3.9 --no-header $(requirements)/oldest.in -o $(requirements)/oldest.txt

.PHONY: clean
clean: quickstart-stop ## Stop the quickstart's sandbox, and remove its state and what the tests made
	@rm -rf .quickstart .build/quickstart .build/home $(not_tested) .build/dist .build/installed .build/sanity .build/sanity-* .build/importer .build/docs .build/coverage .build/mypy .build/pytest .ruff_cache extensions/eda/.ruff_cache .hypothesis .ansible

.PHONY: distclean
distclean: clean ## Remove the virtual environments too
	@rm -rf .build .venv
