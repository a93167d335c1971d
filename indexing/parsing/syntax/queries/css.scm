(rule_set (selectors) @title) @definition.rule
((media_statement . (_) @title) @definition.rule (#set! flat))
(keyframes_statement (keyframes_name) @title) @definition.rule

(comment) @lead

(import_statement (string_value (string_content) @reference.import))
(call_expression (function_name) @reference.call)
