(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @scope
    (generic_type type: (type_identifier) @scope)
    (pointer_type (type_identifier) @scope)
    (pointer_type (generic_type type: (type_identifier) @scope))]))
  name: (field_identifier) @name) @definition.method
(type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec_list
  (var_spec name: (identifier) @name) @definition.constant)))

(comment) @lead

(call_expression function: [
  (identifier) @reference.call
  (selector_expression field: (field_identifier) @reference.call)])
(import_spec path: (interpreted_string_literal) @reference.import)
(field_declaration !name type: [
  (type_identifier) @reference.inherit
  (pointer_type (type_identifier) @reference.inherit)
  (qualified_type name: (type_identifier) @reference.inherit)])
(type_elem (type_identifier) @reference.inherit)
(type_identifier) @reference.type

[(short_var_declaration) (range_clause) (receive_statement) (var_spec) (const_spec)] @bind
[(parameter_declaration) (variadic_parameter_declaration) (field_declaration)] @bind
[(import_spec) (type_switch_statement) (package_clause)] @bind
