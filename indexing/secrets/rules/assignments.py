"""What stands between the name of a secret and its value, in common languages."""

import re

# A call that a value is only wrapped in: `Field(default="…")`, `Some("…")`, `String::from("…")`.
WRAPPED = (
    r"(?:(?:\w{1,20}(?:\.|::)){0,3}(?:Field|Some|from|SecretStr|Secret|String|str|bytes|b64decode"
    r"|fromhex|unhexlify|decodeString|GetBytes|Buffer|hex!?|Just|of|quote)"
    r"\(\s{0,20}(?:\w{1,20}[ ]?=[ ]?)?)?"
)
BLOCK = (
    r"(?:(?:&|!!?)[\w:./-]{1,40}[ ]{1,4}){0,2}[|>][0-9+-]{0,2}[ \t]{0,4}(?:\#[^\n]{0,120})?\r?\n"
    r"(?:[ \t]{0,40}\r?\n){0,3}[ \t]{1,40}"
)
FOLLOWING = re.compile(
    rf"""(?P<rest>(?:[sc]e)?[ ](?:[Cc]odes?|[Kk]eys?(?:[ ][0-9]{{1,2}})?)|[A-Za-z0-9_\-]{{0,40}}+)
    \\?(?:\][ ]?(?=["']))?["'`]?\*{{0,2}}(?:\][ ]{{0,2}}\[["'][\w.-]{{1,40}}["'])?\]?[ \t]{{0,20}}
    (?:
      (?P<sign>::?=|\?=|=>|={{1,3}}|!=|:[ ]?&?(?:'\w{{1,12}}[ ])?[A-Za-z][\w.\[\]|]{{0,40}}[ ]?=
          |<-(?=[ ]["'])|As[ ]String[ ]=|:\*\*|:(?!:))
        [ \t]{{0,40}}
        (?P<nested>\{{\s{{0,20}}["'][\w.:-]{{1,80}}["'][ ]?:[ ]{{0,4}})?
        (?P<block>{BLOCK})?
        (?P<below>\\?\r?\n[ \t]{{1,40}})?
        (?P<listed>\[\s{{0,20}}|\(\s{{0,40}}(?=[rbfu]{{0,2}}["']))?
        (?:(?:&|!!?)\w{{1,30}}[ ])?
      | (?P<pair>,?\s{{0,80}}["']?[Vv]alue["']?[ ]?[:=][ ]{{0,4}}|[ ]--?[Vv]alue[ ]
          |(?:</(?:name|key)>|>)\s{{0,40}}<(?:[Vv]alue|string)>
          |[ \t]{{1,4}}\{{(?:\s{{1,20}}[a-z_]{{1,20}}[ \t]{{1,20}}=[^\n{{}}]{{1,120}}){{0,4}}?
            \s{{1,20}}default[ \t]{{1,20}}=[ \t]{{1,4}}
          |:[ ]{{0,4}}\{{?(?:\s{{1,40}}["']?[A-Za-z]{{1,20}}["']?:[ ][^\n{{}}]{{1,120}}){{1,4}}?
            \s{{1,40}}["']?[Dd]efault["']?:[ ]{{1,4}})
      | (?P<loose>[,(][ \t]{{0,4}}(?:\r?\n[ \t]{{0,60}})?(?:\w{{1,20}}[ ]?=[ ]?)?
          |\.equals\(|\(\)[^\n(]{{0,40}}[:{{]\s{{0,40}}return[ ](?=[rbfu]{{0,2}}["'])
          |\)?[ ]{{0,2}}(?:\|\|=?|\?\?=?|or\b|\{{)[ \t]{{0,4}}|[ \t]{{1,8}}(?=["']))
      | (?P<markup>>\s{{0,40}}(?:<!\[CDATA\[)?)
    )
    (?:
      \\(?P<escape>["'])(?P<escaped>[^"'\\\n]{{6,4096}}+)\\(?P=escape)
      | {WRAPPED}[rbfuLN@]{{0,2}}(?:
          "(?:"")?(?P<double>(?:[^"\\\n]|\\[^\n]){{6,4096}}+)"
        | '(?:'')?(?P<single>(?:[^'\\\n]|\\[^\n]){{6,4096}}+)'
        | `(?P<tick>(?:[^`\\\n]|\\[^\n]){{6,4096}}+)`
      )
      | (?P<bare>)(?=[^\s"'`,;<>(){{}}\[\]\\|&])
    )""",
    re.VERBOSE | re.ASCII,
)
# The end of a call whose last argument stands on a line of its own; lists of names go on.
LAST_ARGUMENT = re.compile(r"[ ]?,?\s{0,40}\)")
# The end of a value in markup.
CLOSED = re.compile(r"\s{0,40}(?:</|\]\]>)")
# `--password value`, `machine h password value`, `# the api key is value`, `Password for ann: v`.
SPACED = re.compile(
    r"""(?P<rest>[A-Za-z0-9_\-]{0,40}+)[ \t]{1,4}
    (?:(?:is|was|are|for(?:[ ][\w.@-]{1,40}){1,4}?[ ](?:is|was)|for[ ][\w.@-]{1,40})
        [ \t]{0,2}:?[ \t]{1,3}|[:=][ \t]{1,3}|[0-9][ ])?
    ["'`]?""",
    re.VERBOSE | re.ASCII,
)
