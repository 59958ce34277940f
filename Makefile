# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# make            the library, the loader and the apps, in build/
# make help       everything else

VERSION   := 0.1.0
SONAME    := libxdivert.so.0
RDMA_SONAME := libxdivert-rdma.so.0
PREFIX    ?= /usr/local
LIBDIR    ?= $(PREFIX)/lib
MANDIR    ?= $(PREFIX)/share/man
BASHDIR   ?= $(PREFIX)/share/bash-completion/completions
UNITDIR   ?= $(LIBDIR)/systemd/system
SYSCONFDIR ?= /etc
BUILD     ?= build
ifeq ($(origin CC),default) # make's own is cc
CC        := gcc
endif
CLANG     ?= clang

WARNINGS  := -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	     -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Wwrite-strings
CFLAGS    ?= -O2 -g
PACKAGES  := libelf libbpf libxdp jansson libmnl libpcap liburing librdmacm libibverbs
BASE      := -std=gnu11 $(WARNINGS) -fPIC -fvisibility=hidden -MMD -MP -D_GNU_SOURCE \
	     -DXDIVERT_SYSTEM_INCLUDE='"/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)"' \
	     -DXDIVERT_VERSION='"$(VERSION)"' -I. -Iuser/include -Iuser -Iloader -Iloader/policy \
	     -I$(BUILD)/generated
# each takes what it needs of them, and no more
LIBS       = -Wl,--as-needed $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1

Q         := $(if $(V),,@)
say        = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

DEPENDENCIES := gcc g++ clang llvm flex bison make pkg-config libc6-dev linux-libc-dev libbpf-dev libelf-dev uthash-dev \
	libxdp-dev libmnl-dev libpcap-dev libjansson-dev liburing-dev libcmocka-dev libclang-rt-14-dev bpftool \
	iproute2 iputils-ping procps util-linux ethtool tcpdump nftables netcat-openbsd libcap2-bin \
	dpdk-dev librte-net-af-xdp23 xdp-tools jq qemu-system-x86 strace busybox-static kmod xz-utils zstd \
	libibverbs-dev librdmacm-dev ibverbs-providers ibverbs-utils rdmacm-utils \
	mandoc libnbd-bin e2fsprogs fio qemu-utils nbdkit

lib_sources    := $(wildcard user/*.c)
rdma_sources   := $(wildcard user/rdma/*.c)
policy_sources := $(wildcard loader/policy/*.c)
loader_sources := $(wildcard loader/*.c loader/control/*.c loader/doctor/*.c loader/live/*.c \
		  loader/packet/*.c loader/storage/*.c)
app_sources    := $(wildcard user/apps/*.c)
manual_sources := $(wildcard loader/man/*.c)
header_pages   := $(patsubst user/include/xdivert/%.h,$(BUILD)/man/xdv_%.3,\
		  $(filter-out %/api.h %/xdivert.h,$(wildcard user/include/xdivert/*.h)))
templates      := $(wildcard loader/man/*.in user/man/*.in)
app_pages      := $(app_sources:user/apps/%.c=$(BUILD)/man/%.1)
pages          := $(patsubst %.in,$(BUILD)/man/%,$(notdir $(templates))) $(header_pages) $(app_pages)
apps           := $(app_sources:user/apps/%.c=$(BUILD)/%)
generated      := $(BUILD)/generated/parse.c $(BUILD)/generated/lex.c
tests          := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
test_support   := $(filter-out tests/test_%.c tests/bench_%.c tests/fuzz.c,$(wildcard tests/*.c))
bench_sources  := $(filter-out %.bpf.c,$(wildcard tests/bench/*.c)) tests/bench/programs.S
tools          := $(patsubst selftests/tools/%.c,$(BUILD)/selftests/%,$(wildcard selftests/tools/*.c))

# objects of some sources in a flavour: $(call objects,asan/,sources)
objects = $(patsubst %,$(BUILD)/$(1)obj/%.o,$(basename $(2)))
policy_objects = $(call objects,$(1),$(policy_sources) loader/policy/bpf_headers.S) \
		 $(BUILD)/$(1)obj/generated/parse.o $(BUILD)/$(1)obj/generated/lex.o
all_but_main   = $(call objects,$(1),$(lib_sources) $(rdma_sources) $(filter-out loader/main.c,$(loader_sources))) \
		 $(call policy_objects,$(1))

# kept, though only steps to something else: a second make has nothing to do
.SECONDARY:
.PHONY: all help deps demo check check-kernels soak fuzz units bench install uninstall clean format
all: $(BUILD)/xdivert $(BUILD)/libxdivert.so $(BUILD)/libxdivert.a \
	$(BUILD)/libxdivert-rdma.so $(BUILD)/libxdivert-rdma.a $(apps) $(pages)
	@:

help:
	@echo 'make            build the library, the loader and the apps in $(BUILD)/'
	@echo 'make deps       install what is needed to build and test (Debian packages)'
	@echo 'make demo       see selective bypass work, on network namespaces (root)'
	@echo 'make check      all tests (root); T=NAME runs one'
	@echo 'make check-kernels: those that take a VM, on every kernel of Debian to be had (root)'
	@echo 'make soak       all at random while numbered traffic flows (root), for SOAK_SECONDS=600'
	@echo 'make fuzz       random policies and texts, judged (root), for TIME=600 seconds'
	@echo 'make bench      what policies and the library cost, beside their peers (root); B=ports a part'
	@echo 'make install    to DESTDIR and PREFIX ($(PREFIX)); make uninstall takes it away'
	@echo 'make clean      remove $(BUILD)/'
	@echo 'V=1 shows the commands. CC=clang builds with clang.'

# --- objects -----------------------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(CFLAGS) -c -o $@ $<

$(BUILD)/asan/obj/%.o: %.c
	$(call say,CC.san,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -g $(SANITIZE) -c -o $@ $<

$(BUILD)/obj/%.o: %.S $(wildcard bpf/*.h)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(BUILD)/asan/obj/%.o: %.S $(wildcard bpf/*.h)
	$(call say,AS.san,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

# flex and bison write code that is theirs, not ours: their style of it is not judged
$(BUILD)/obj/generated/%.o: $(BUILD)/generated/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(CFLAGS) -w -c -o $@ $<

$(BUILD)/asan/obj/generated/%.o: $(BUILD)/generated/%.c
	$(call say,CC.san,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -g $(SANITIZE) -w -c -o $@ $<

$(BUILD)/generated/parse.c: loader/policy/parse.y
	$(call say,BISON,$<)
	$(Q)mkdir -p $(@D)
	$(Q)bison -Wall -Werror --header=$(@D)/parse.h -o $@ $<

$(BUILD)/generated/lex.c: loader/policy/lex.l
	$(call say,FLEX,$<)
	$(Q)mkdir -p $(@D)
	$(Q)flex --header-file=$(@D)/lex.h -o $@ $<

$(BUILD)/generated/parse.h: $(BUILD)/generated/parse.c
$(BUILD)/generated/lex.h: $(BUILD)/generated/lex.c
$(call objects,,$(policy_sources)) $(call objects,asan/,$(policy_sources)) \
	$(call objects,fuzz/,$(policy_sources)): | \
	$(BUILD)/generated/parse.c $(BUILD)/generated/lex.c
$(BUILD)/obj/generated/%.o $(BUILD)/asan/obj/generated/%.o $(BUILD)/fuzz/obj/generated/%.o: | $(generated)

# --- what is built -----------------------------------------------------------------------------
$(BUILD)/libxdivert.a: $(call objects,,$(lib_sources))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/$(SONAME): $(call objects,,$(lib_sources)) user/libxdivert.map
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=user/libxdivert.map \
		-Wl,-z,defs -o $@ $(filter %.o,$^) $(shell pkg-config --libs libbpf jansson libmnl)

# A library of its own: who receives packets and no more is to need neither libibverbs nor librdmacm.
$(BUILD)/libxdivert-rdma.a: $(call objects,,$(rdma_sources))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/$(RDMA_SONAME): $(call objects,,$(rdma_sources) user/fail.c) $(BUILD)/$(SONAME) \
		user/rdma/libxdivert-rdma.map
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -shared -Wl,-soname,$(RDMA_SONAME) \
		-Wl,--version-script=user/rdma/libxdivert-rdma.map -Wl,-z,defs -o $@ \
		$(filter %.o,$^) $(BUILD)/$(SONAME) $(shell pkg-config --libs librdmacm libibverbs)

$(BUILD)/%.so: $(BUILD)/%.so.0
	$(Q)ln -sf $(<F) $@

$(BUILD)/xdivert: $(call all_but_main,) $(call objects,,loader/main.c)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/manual: $(call all_but_main,) $(call objects,,$(manual_sources))
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

write_page = $(Q)mkdir -p $(@D) && $(BUILD)/manual $(1) >$@.new && mv $@.new $@

$(BUILD)/man/%: loader/man/%.in $(BUILD)/manual
	$(call say,MAN,$@)
	$(call write_page,$<)

$(BUILD)/man/%: user/man/%.in $(BUILD)/manual $(wildcard user/include/xdivert/*.h)
	$(call say,MAN,$@)
	$(call write_page,$<)

$(header_pages): $(BUILD)/man/xdv_%.3: user/include/xdivert/%.h $(BUILD)/manual
	$(call say,MAN,$@)
	$(call write_page,$<)

$(app_pages): $(BUILD)/man/%.1: $(BUILD)/% $(BUILD)/manual
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && $< --help >$@.help
	$(call write_page,$@.help)

$(BUILD)/xdv-%: $(BUILD)/obj/user/apps/xdv-%.o $(BUILD)/libxdivert-rdma.a $(BUILD)/libxdivert.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# --- tests -------------------------------------------------------------------------------------
$(BUILD)/asan/libxdivert-test.a: $(call all_but_main,asan/) $(call objects,asan/,$(test_support))
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/asan/obj/tests/%.o $(BUILD)/asan/libxdivert-test.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/selftests/%: selftests/tools/%.c $(BUILD)/libxdivert-rdma.a $(BUILD)/libxdivert.a
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(CFLAGS) -o $@ $< $(filter %.a,$^) $(LIBS)

# one that looks at what only the loader does
$(BUILD)/selftests/samplecat: $(BUILD)/obj/selftests/tools/samplecat.o $(call all_but_main,)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# --- fuzzing -----------------------------------------------------------------------------------
FUZZERS := policy packet flow elements pcap control nbd
FUZZING := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -O1

$(BUILD)/fuzz/obj/%.o: %.c
	$(call say,CC.fuzz,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BASE) -g $(FUZZING) -c -o $@ $<

$(BUILD)/fuzz/obj/%.o: %.S $(wildcard bpf/*.h)
	$(call say,AS.fuzz,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -c -o $@ $<

$(BUILD)/fuzz/obj/generated/%.o: $(BUILD)/generated/%.c
	$(call say,CC.fuzz,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BASE) -g $(FUZZING) -w -c -o $@ $<

# one program, that goes by what it is called
$(BUILD)/fuzz/policy: $(call all_but_main,fuzz/) $(call objects,fuzz/,$(test_support) tests/fuzz.c)
	$(call say,LD,$@)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS) -lcmocka

$(filter-out %/policy,$(FUZZERS:%=$(BUILD)/fuzz/%)): $(BUILD)/fuzz/policy
	$(Q)ln -f $< $@

# For TIME seconds in all; what it finds of new ways through the code is kept in $(BUILD)/fuzz.
fuzz: deps
	$(Q)$(MAKE) --no-print-directory $(FUZZERS:%=$(BUILD)/fuzz/%) $(BUILD)/tests/test_policy_property
	$(Q)BUILD=$(BUILD) tests/fuzz $(or $(TIME),600)

units: $(tests:%=$(BUILD)/tests/%)

# The benches are built, too, though not run: what nobody builds breaks unseen.
check: deps
	$(Q)$(MAKE) --no-print-directory all units $(tools) $(benches)
	$(Q)BUILD=$(BUILD) tests/run $(T)

# What `make check` does for seconds, for minutes, and another time each time.
soak: deps
	$(Q)$(MAKE) --no-print-directory all $(tools)
	$(Q)seconds=$(or $(SOAK_SECONDS),600); BUILD=$(BUILD) TEST_TIMEOUT=$$((seconds + 1800)) \
		SOAK_SECONDS=$$seconds SOAK_SEED=$(or $(SOAK_SEED),$$(date +%s)) \
		RELOADS=$(or $(RELOADS),10000) tests/run soak reloads

# A kernel that can't be had is a skip that says so; on this machine's own, `make check` runs.
kernels := 6.1 6.12 backports
check-kernels: deps
	$(Q)$(MAKE) --no-print-directory all units $(tools)
	$(Q)status=0; for kernel in $(kernels); do \
		echo "# kernel $$kernel"; \
		XDIVERT_KERNEL=$$kernel BUILD=$(BUILD) tests/run $(or $(T), \
			$(patsubst selftests/%.test,%,$(shell grep -l '^needs_vm ' selftests/*.test))) || \
			status=1; \
	done; exit $$status

$(BUILD)/obj/tests/bench/programs.o: tests/bench/programs.bpf.c tests/bench/bench_abi.h

$(BUILD)/bench/classifier: $(call objects,,$(bench_sources)) $(call all_but_main,)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

benches := $(BUILD)/bench/classifier $(BUILD)/bench/traffic

traffic_sources := $(wildcard tests/bench/traffic/*.c)

$(BUILD)/bench/traffic: $(call objects,,$(traffic_sources)) $(BUILD)/libxdivert.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -luring

# Other work on the machine shows in the figures: let it rest.
traffic_groups := receive reflect roundtrip
storage_groups := nbd
loss_groups := losses
classifier_groups = $(filter-out $(traffic_groups) $(storage_groups) $(loss_groups),$(B))
bench: deps
	$(Q)$(MAKE) --no-print-directory $(BUILD)/xdivert $(benches) $(filter %/seqsend %/seqrecv %/seqxsk %/seqbare %/seqreport,$(tools))
ifneq ($(if $(B),$(classifier_groups),all),)
	$(Q)$(BUILD)/bench/classifier --svg $(BUILD)/bench/classifier.svg $(classifier_groups)
	@echo 'drawn in $(BUILD)/bench/classifier.svg'
endif
ifneq ($(if $(B),$(filter $(traffic_groups),$(B)),all),)
	$(Q)BUILD=$(BUILD) tests/bench/traffic/run $(filter $(traffic_groups),$(B))
endif
ifneq ($(if $(B),$(filter $(storage_groups),$(B)),all),)
	$(Q)BUILD=$(BUILD) tests/bench/storage/run
endif
ifneq ($(if $(B),$(filter $(loss_groups),$(B)),all),)
	$(Q)BUILD=$(BUILD) tests/bench/losses/run
endif

demo: deps
	$(Q)$(MAKE) --no-print-directory all $(tools)
	$(Q)BUILD=$(BUILD) selftests/demo

# Asks the package manager only for what is missing, so that it is quick, and works off line, when
# nothing is.
deps:
	@missing=$$(dpkg-query -W -f '$${Package} $${db:Status-Abbrev}\n' $(DEPENDENCIES) 2>/dev/null | \
		awk '$$2 == "ii" {print $$1}' | sort >$(or $(TMPDIR),/tmp)/xdivert-deps.$$$$; \
		printf '%s\n' $(DEPENDENCIES) | sort | comm -23 - $(or $(TMPDIR),/tmp)/xdivert-deps.$$$$; \
		rm -f $(or $(TMPDIR),/tmp)/xdivert-deps.$$$$); \
	if [ -n "$$missing" ]; then \
		echo "  APT     $$missing" | tr '\n' ' '; echo; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

# programs find a library by ldconfig's cache; who can't write that has another way
tell_linker = $(if $(DESTDIR),,ldconfig 2>/dev/null || :)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include/xdivert \
		$(foreach section,1 3 5,$(DESTDIR)$(MANDIR)/man$(section))
	install $(BUILD)/xdivert $(apps) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libxdivert.a $(BUILD)/libxdivert-rdma.a $(DESTDIR)$(LIBDIR)
	install $(BUILD)/$(SONAME) $(BUILD)/$(RDMA_SONAME) $(DESTDIR)$(LIBDIR)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libxdivert.so
	ln -sf $(RDMA_SONAME) $(DESTDIR)$(LIBDIR)/libxdivert-rdma.so
	$(foreach file,user/libxdivert.pc user/rdma/libxdivert-rdma.pc, \
		sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|;s|@VERSION@|$(VERSION)|' $(file).in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/$(notdir $(file));)
	install -m 644 user/include/xdivert/*.h $(DESTDIR)$(PREFIX)/include/xdivert
	$(foreach page,$(pages),install -m 644 $(page) $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)));)
	for page in $(notdir $(filter %.3,$(pages))); do \
		sed -n '/^\.Nd/q; s/^\.Nm \([a-z0-9_]*\).*/\1.3/p' $(BUILD)/man/$$page | grep -vx $$page | \
			xargs -r -I NAME ln -sf $$page $(DESTDIR)$(MANDIR)/man3/NAME; \
	done
	install -D -m 644 loader/xdivert.bash $(DESTDIR)$(BASHDIR)/xdivert
	$(tell_linker)
	install -d $(DESTDIR)$(UNITDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|;s|@SYSCONFDIR@|$(SYSCONFDIR)|' loader/xdivert.service.in \
		>$(DESTDIR)$(UNITDIR)/xdivert.service

# everything that install brings; the directories may be others' too
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,xdivert $(notdir $(apps)))
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libxdivert.a libxdivert.so $(SONAME) \
		libxdivert-rdma.a libxdivert-rdma.so $(RDMA_SONAME) pkgconfig/libxdivert.pc pkgconfig/libxdivert-rdma.pc)
	rm -rf $(DESTDIR)$(PREFIX)/include/xdivert
	rm -f $(foreach page,$(notdir $(pages)),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(page)) \
		$(DESTDIR)$(MANDIR)/man3/xdv_*.3
	rm -f $(DESTDIR)$(BASHDIR)/xdivert $(DESTDIR)$(UNITDIR)/xdivert.service
	$(tell_linker)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
