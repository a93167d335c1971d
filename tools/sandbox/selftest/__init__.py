"""The self-test that proves an executor before it is used."""
