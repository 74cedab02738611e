def test_points_move_in_one_posting(alice, give_points):
    from ledger import statements

    give_points(alice.id, 7)
    assert statements.balance(alice.id) == 7
