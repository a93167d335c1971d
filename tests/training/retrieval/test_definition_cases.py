"""Cases from definitions: the comment that asks does not stand beside its answer."""

from training.retrieval.definitions import MinedDefinition, blank, mine, question_of

PAY = MinedDefinition("shop/pay.py", "Till.charge_card", 2, 5, "Charge the card of one customer.")
OWE = MinedDefinition(
    "shop/owe.py", "settle_old_debt", 1, 4, "Settle what is owed since last year."
)


def test_each_kind_of_question_is_made() -> None:
    mined = mine([PAY, OWE], "c0", 1)
    assert {case.source for case in mined.plain} == {"where", "name"}
    where = next(case for case in mined.plain if case.source == "where")
    assert where.query in ("where do we charge card?", "where do we settle old debt?")
    (documented,) = mined.documented
    assert documented.query in (PAY.doc, OWE.doc)
    assert len(documented.symbols) == 1


def test_which_cases_are_chosen_does_not_depend_on_the_order() -> None:
    some = [
        MinedDefinition(f"a{n}.py", f"find_thing_{n}", 1, 3, f"Find thing {n} in the shop.")
        for n in range(30)
    ]
    assert mine(some, "c0", 5) == mine(some[::-1], "c0", 5)


def test_ambiguous_private_and_test_names_ask_nothing() -> None:
    twice = [PAY, MinedDefinition("shop/other.py", "charge_card", 1, 2, "")]
    hidden = MinedDefinition("shop/x.py", "_inner_part", 1, 2, "")
    test = MinedDefinition(
        "tests/test_pay.py", "test_charge_card", 1, 2, "Check that charging works well."
    )
    assert mine([*twice, hidden, test], "c0", 5).plain == ()


def test_the_comment_is_blanked_and_lines_stay_in_place() -> None:
    text = (
        "class Till:\n    def charge_card(self, card):\n"
        '        """Charge the card of one customer."""\n        return card\n\n'
    )
    edited = blank(text, [PAY])
    assert "customer" not in edited
    assert edited.count("\n") == text.count("\n")
    assert "return card" in edited
    assert mine([PAY], "c0", 1).edit("shop/pay.py", text) == edited
    assert mine([PAY], "c0", 1).edit("shop/other.py", text) == text


def test_a_comment_that_says_little_asks_nothing() -> None:
    assert question_of("Charge it.") == ""
    assert question_of("Charge the card of one customer. Then say so.") == (
        "Charge the card of one customer."
    )
