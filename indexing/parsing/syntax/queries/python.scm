; Which captures mean what: see the docstring of indexing/parsing/syntax/captures.py.
(class_definition name: (identifier) @name) @definition.class
(function_definition name: (identifier) @name) @definition.function
(module (type_alias_statement left: (type (identifier) @name)) @definition.type)
(module (expression_statement (assignment left: (identifier) @name) @definition.constant))
(module (if_statement consequence: (block
  (expression_statement (assignment left: (identifier) @name) @definition.constant))))
(module (try_statement body: (block
  (expression_statement (assignment left: (identifier) @name) @definition.constant))))

(module . (comment)* . (expression_statement (string) @doc))
(class_definition body: (block . (expression_statement (string) @doc)))
(function_definition body: (block . (expression_statement (string) @doc)))
(comment) @lead
(decorator) @lead.attribute

(call function: [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(decorator [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(import_statement name: [
  (dotted_name) @reference.import
  (aliased_import name: (dotted_name) @reference.import)])
(import_from_statement module_name: (_) @reference.import)
(import_from_statement name: [
  (dotted_name) @reference.import
  (aliased_import name: (dotted_name) @reference.import)])
(class_definition superclasses: (argument_list [
  (identifier) @reference.inherit
  (attribute attribute: (identifier) @reference.inherit)
  (subscript value: (identifier) @reference.inherit)]))
(type (identifier) @reference.type)

[(assignment) (augmented_assignment) (named_expression) (for_statement) (for_in_clause)] @bind
[(parameters) (lambda_parameters) (import_statement) (import_from_statement)] @bind
(as_pattern_target (identifier) @bind)
(case_pattern (dotted_name . (identifier) @bind .))
(class_definition superclasses: (argument_list) @bind)
