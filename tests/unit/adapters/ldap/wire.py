"""The place of an LDAP server, in tests of what a real one is hard to bring to answer."""

from courseops.adapters.rosters.ldap.connection import Connection

URL = "ldap://dc.univ.example"
PAGED = "1.2.840.113556.1.4.319"
SOMEBODY = {"type": "searchResEntry", "dn": "cn=ada", "raw_attributes": {"uid": [b"ada"]}}


class Wire:
    """The place of ldap3's connection: answers in order, and remembers what was asked."""

    def __init__(self, *answers):
        self.asked = []
        self._answers = list(answers)

    def search(self, **question):
        self.asked.append(question)
        self.result, self.response = self._answers.pop(0)
        return True


def page(*entries, cookie=b"", code=0, description="success", controls=True):
    paged = {PAGED: {"value": {"size": 0, "cookie": cookie}}}
    result = {"result": code, "description": description, "message": ""}
    return {**result, "controls": paged if controls else {}}, list(entries)


def entry(dn, **attributes):
    return {"type": "searchResEntry", "dn": dn, "raw_attributes": attributes}


def connection(*answers):
    return Connection(Wire(*answers), url=URL, page_size=500)
