"""Words for lexical search: splitting, stemming, postings, and analysis of a question.

- `actions`: everyday words for what is done; code may use any other word
- `name_parts`: splits identifiers: camelCase, acronyms, numbers
- `postings`: which units hold a word, as arrays
- `query`: analyses a question: terms, names, paths; stop words
- `terms`: rarity of a question's words in the index; abbreviations
- `tokens`: words of units: stemmed, counted, packed
- `word_lists`: the lists below
- `abbreviations.txt`: short forms that code uses for words
- `acronyms.txt`: acronyms inside names
- `common_words.txt`: everyday English words
- `one_words.txt`: words whose case changes inside
- `participles.txt`: irregular past forms of verbs
- `stop_words.txt`: words that are never searched for
- `weak_words.txt`: words that an answer need not contain

It does not know files, the manifest or scores. Of `indexing` it may import `secrets`, `parsing` and
`files`; not `store` or anything above.
"""
