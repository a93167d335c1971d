; Shared by JavaScript, JSX, TypeScript and TSX.
(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(class_declaration name: (_) @name) @definition.class
(method_definition name: (_) @name) @definition.method
(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(variable_declarator name: (identifier) @name value: (class)) @definition.class
(program (lexical_declaration (variable_declarator
  name: (identifier) @name
  value: (call_expression arguments: (arguments . [(arrow_function) (function_expression)])))
  @definition.function))
(program (export_statement (lexical_declaration (variable_declarator
  name: (identifier) @name
  value: (call_expression arguments: (arguments . [(arrow_function) (function_expression)])))
  @definition.function)))
(program (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant))
(program (variable_declaration (variable_declarator name: (identifier) @name) @definition.constant))
(program (export_statement
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant)))
(assignment_expression
  left: (member_expression
    object: (member_expression
      object: (identifier) @scope property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: (function_expression)
  (#eq? @_prototype "prototype")) @definition.method
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(pair
  key: (property_identifier) @name
  value: [(arrow_function) (function_expression)]) @definition.method

(comment) @lead
(decorator) @lead.attribute

(call_expression function: [
  (identifier) @reference.call
  (member_expression property: (property_identifier) @reference.call)])
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @reference.import))
  (#eq? @_require "require"))
(new_expression constructor: [
  (identifier) @reference.call
  (member_expression property: (property_identifier) @reference.call)])
(import_clause (identifier) @reference.import)
(import_specifier name: (identifier) @reference.import)
(import_statement source: (string (string_fragment) @reference.import))
(export_statement source: (string (string_fragment) @reference.import))

[(variable_declarator) (formal_parameters) (assignment_expression) (for_in_statement)] @bind
[(import_statement) (export_statement) (class_heritage) (catch_clause)] @bind
(arrow_function parameter: (identifier) @bind)
