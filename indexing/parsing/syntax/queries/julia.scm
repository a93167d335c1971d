(module_definition name: (identifier) @name) @definition.module
(abstract_definition (type_head [
  (identifier) @name
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))])) @definition.type
(primitive_definition (type_head [
  (identifier) @name
  (binary_expression . (identifier) @name)])) @definition.type
(struct_definition (type_head [
  (identifier) @name
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . (identifier) @name)
  (binary_expression . (parametrized_type_expression . (identifier) @name))])) @definition.struct
(function_definition (signature [
  (call_expression . [(identifier) @name (field_expression (identifier) @name .)])
  (typed_expression . (call_expression . [
    (identifier) @name (field_expression (identifier) @name .)]))
  (where_expression . (call_expression . [
    (identifier) @name (field_expression (identifier) @name .)]))])) @definition.function
(macro_definition (signature (call_expression . (identifier) @name))) @definition.macro
(assignment . (call_expression . [
  (identifier) @name (field_expression (identifier) @name .)])) @definition.function
(source_file (const_statement (assignment . (identifier) @name)) @definition.constant)
(module_definition (const_statement (assignment . (identifier) @name)) @definition.constant)

(line_comment) @lead
(block_comment) @lead
((string_literal) @lead . [
  (struct_definition) (function_definition) (abstract_definition) (macro_definition) (assignment)
  (const_statement)])

(call_expression . [
  (identifier) @reference.call
  (field_expression (identifier) @reference.call .)])
(macrocall_expression (macro_identifier (identifier) @reference.call))
(using_statement [(identifier) @reference.import (selected_import . (identifier) @reference.import)])
(import_statement [(identifier) @reference.import (selected_import . (identifier) @reference.import)])
(type_head (binary_expression (operator) (identifier) @reference.inherit))
(typed_expression (_) (identifier) @reference.type .)
(curly_expression (identifier) @reference.type)
