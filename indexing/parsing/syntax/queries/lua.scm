(function_declaration name: [(identifier) (dot_index_expression)] @name) @definition.function
(function_declaration name: (method_index_expression) @name) @definition.method
(assignment_statement
  (variable_list . name: [(identifier) (dot_index_expression)] @name)
  (expression_list . value: (function_definition))) @definition.function
(chunk (assignment_statement
  (variable_list name: [(identifier) (dot_index_expression)] @name)) @definition.constant)
(chunk (variable_declaration
  (assignment_statement (variable_list name: (identifier) @name)) @definition.constant))

(comment) @lead

(function_call name: [
  (identifier) @reference.call
  (dot_index_expression field: (identifier) @reference.call)
  (method_index_expression method: (identifier) @reference.call)])
(function_call
  name: (identifier) @_require
  arguments: (arguments (string content: (string_content) @reference.import))
  (#eq? @_require "require"))
