"""How measures read the tables, and the facts they give back."""

from __future__ import annotations

from analyzer.measures.evidence import Fact, Scene, elements, tabulate
from analyzer.measures.records import records
from analyzer.model import Person, Source
from tests.unit.evidence import ALICE, BOB, FAILED, STATE, event, fact, holding, leaf, probe, when


def test_facts_that_share_a_place_are_one_element() -> None:
    found = elements(holding(probe("imap.gmail.com", 0, port=993), probe("smtp.gmail.com", 1, port=465)), "tls_probes")
    assert [(e.text("host"), e.numbers["port"]) for e in found] == [
        ("imap.gmail.com", 993.0),
        ("smtp.gmail.com", 465.0),
    ]
    assert found[0].source == Source(STATE, "tls_probes[0]")
    assert found[0].subject == "imap.gmail.com"


def test_the_same_place_in_two_members_is_two_elements() -> None:
    evidence = holding(
        fact("dns.name", "a", artifact="one", place="dns[0]"), fact("dns.name", "b", artifact="two", place="dns[0]")
    )
    assert [e.text("name") for e in elements(evidence, "dns")] == ["a", "b"]


def test_nested_elements_are_asked_for_by_their_own_name() -> None:
    evidence = holding(probe("imap.gmail.com", 0), leaf(0, "CN=x", FAILED, FAILED))
    assert len(elements(evidence, "tls_probes")) == 1
    assert [e.text("issuer") for e in elements(evidence, "tls_probes.chain")] == ["CN=x"]


def test_a_prefix_is_a_whole_word() -> None:
    assert elements(holding(fact("hosts.address", "1.2.3.4"), fact("host.name", "PC")), "host")[0].text("name") == "PC"
    assert len(elements(holding(fact("hosts.address", "1.2.3.4")), "host")) == 0


def test_elements_stand_in_the_order_in_which_a_person_counts() -> None:
    evidence = holding(*(fact("dns.name", str(n), place=f"dns[{n}]") for n in (10, 9, 2)))
    assert [e.text("name") for e in elements(evidence, "dns")] == ["2", "9", "10"]


def test_a_list_of_scalars_keeps_all_its_values() -> None:
    evidence = holding(
        fact("dns.addresses", "1.1.1.1", place="dns[0]"), fact("dns.addresses", "8.8.8.8", place="dns[0]")
    )
    assert elements(evidence, "dns")[0].texts["addresses"] == ("1.1.1.1", "8.8.8.8")


def test_a_field_that_was_not_given_is_empty() -> None:
    assert elements(holding(fact("dns.name", None, place="dns[0]")), "dns")[0].text("error") == ""


def test_a_statement_is_one_row_a_source_and_those_of_one_statement_are_joined() -> None:
    two = Fact("token_age_h", (Source("a", "x"), Source("b", "y")), "alice@gmail.com", None, 30.0, when(FAILED), ALICE)
    one = Fact("clock_error_s", (Source("a", "z", when(FAILED)),), number=1.0)
    rows = tabulate([two, one, Fact("google_page_reached", ())])
    assert rows.select("artifact", "place").rows() == [("a", "x"), ("b", "y"), ("a", "z"), (None, None)]
    joined = rows["joined"].to_list()
    assert joined[0] is not None
    assert joined == [joined[0], joined[0], None, None]
    assert rows["unit"].to_list() == ["h", "h", "s", None]
    assert rows["at"].to_list()[:3] == [when(FAILED)] * 3


def test_what_has_no_owner_is_somebodys_only_where_nobody_is_known() -> None:
    alice, nobody = Scene(Person(ALICE, "alice")), Scene(Person(None, None))
    assert [alice.mine(user) for user in (ALICE.lower(), "Alice", BOB, None)] == [True, True, False, False]
    assert [nobody.mine(user) for user in (None, ALICE)] == [True, False]


def test_fields_of_records_are_found_by_letters_and_digits() -> None:
    data = {"ActualSystemTime(UTC)": "x", "Product Name": 7, "empty": None}
    found = records(holding(event("Some Provider", 5, FAILED, data=data)), "some provider", (5,))
    assert found[0]["fields"] == {"actualsystemtimeutc": "x", "productname": "7"}


def test_records_of_another_provider_or_id_are_left_out_and_torn_data_is_empty() -> None:
    rows = [event("A", 1, FAILED), event("B", 1, FAILED), event("A", 2, FAILED)]
    torn = event("A", 1, "2026-03-02T07:00:00Z")
    evidence = holding(*rows, type(torn)("events", torn.cells | {"data": "{torn"}))
    found = records(evidence, "A", (1,))
    assert [row["at"] for row in found] == [when("2026-03-02T07:00:00Z"), when(FAILED)]
    assert found[0]["fields"] == {}
