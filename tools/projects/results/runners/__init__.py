"""What the runners of other languages print, read into the outcome of each test.

`tap` and `spec` read Node's runner and all that speak TAP, `jest` reads jest, `golang` reads
`go test -json`, `cargo` reads `cargo test`, `junit` reads reports in JUnit's XML, and `places`
finds the file of a test that is told by its name alone. Readers yield names with a word of
`reports`; what is printed comes from foreign code and tells what it says passed, no more.
"""
