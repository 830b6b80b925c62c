# SPDX-License-Identifier: MIT
# web.mk - `make web`: build/quire.html, one file that boots the kernel in a browser, offline; and
# `make test-web`, which uses it as a person would, in a headless Chromium.
#
# The packages are those of tools/web/package-lock.json, installed into build/npm, never elsewhere.
NPM      ?= npm
NODE     ?= node
CHROMIUM ?= $(shell command -v chromium)
SEABIOS  ?= /usr/share/seabios
WEB      := tools/web
WEB_MODULES := build/npm/node_modules

.PHONY: web test-web test-web-decode test-web-page
web: $(B)/quire.html

# The stamp is written last: half an installation is not taken for one.
build/npm/.installed: $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc | deps-web
	$(say) NPM $(WEB)/package-lock.json
	$(Q)mkdir -p $(@D) && cp $^ $(@D)/
	$(Q)cd $(@D) && $(NPM) ci --no-progress --loglevel=error || { \
		echo "web: npm could not fetch the packages of $(WEB)/package-lock.json:" \
		"\`make web\` needs the network once, or a filled npm cache" >&2; exit 1; }
	$(Q)touch $@

$(B)/quire.web.elf: $(B)/quire.elf
	$(Q)$(CROSS_COMPILE)strip -o $@ $<

$(B)/quire.html: $(B)/quire.web.elf $(B)/quire.layout.json build/npm/.installed \
		$(wildcard $(WEB)/*.js $(WEB)/*/*.js) $(WEB)/bundle.mjs $(WEB)/page.html $(WEB)/page.css
	$(say) WEB $@
	$(Q)test -f $(SEABIOS)/bios.bin || { echo "web: no $(SEABIOS)/bios.bin: package seabios" >&2; exit 1; }
	$(Q)$(NODE) $(WEB)/bundle.mjs $(WEB_MODULES) $(B)/quire.web.elf $(B)/quire.layout.json $(SEABIOS) $@

test-web: test-web-decode test-web-page

# What the page reads is what the kernel prints: no browser needed.
test-web-decode: $(B)/quire.web.elf $(B)/quire.layout.json build/npm/.installed
	$(Q)$(NODE) tests/web/decode.mjs $(B) $(WEB_MODULES) $(SEABIOS)

# The page itself. Screenshots stay in build/web.
test-web-page: $(B)/quire.html | deps-web-test
	$(Q)QUIRE_HTML=$(B)/quire.html NODE_MODULES=$(WEB_MODULES) CHROMIUM=$(CHROMIUM) \
		$(NODE) tests/web/page.mjs $(B)/web

# The pictures of doc/seeing.md, from what test-web-page left.
.PHONY: web-pictures
web-pictures: test-web-page
	$(Q)cp $(B)/web/seeing-*.jpg doc/
