# SPDX-License-Identifier: MIT
"""junit.py - results as the XML that CI servers read."""

import re
from xml.etree import ElementTree


def clean(text):
    """XML allows few control characters."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", text)


def write(path, suites):
    """suites: {name: (results, seconds)}."""
    root = ElementTree.Element("testsuites")
    for name, (results, seconds) in suites.items():
        count = {how: sum(r.how == how for r in results) for how in ("fail", "skip")}
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(results)),
                                       failures=str(count["fail"]), skipped=str(count["skip"]),
                                       errors="0", time=f"{seconds:.2f}")
        for r in results:
            one = ElementTree.SubElement(suite, "testcase", classname=name, name=clean(r.name))
            if r.how == "fail":
                ElementTree.SubElement(one, "failure", message=clean(r.message[:200])).text = \
                    clean(r.message)
                ElementTree.SubElement(one, "system-out").text = clean(r.log[-20000:])
            elif r.how == "skip":
                ElementTree.SubElement(one, "skipped", message=clean(r.message))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read(path):
    """[(name, how, message)] of a file written by write()."""
    found = []
    for one in ElementTree.parse(path).getroot().iter("testcase"):
        failure, skipped = one.find("failure"), one.find("skipped")
        how = "fail" if failure is not None else "skip" if skipped is not None else "pass"
        text = failure if failure is not None else skipped
        found.append((one.get("name"), how, "" if text is None else text.get("message", "")))
    return found
