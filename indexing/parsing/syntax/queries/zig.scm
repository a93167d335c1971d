(function_declaration name: (identifier) @name) @definition.function
(struct_declaration (function_declaration name: (identifier) @name) @definition.method)
(enum_declaration (function_declaration name: (identifier) @name) @definition.method)
(union_declaration (function_declaration name: (identifier) @name) @definition.method)
(variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration . (identifier) @name
  [(union_declaration) (opaque_declaration) (error_set_declaration)]) @definition.type
(source_file (variable_declaration . (identifier) @name) @definition.constant)
(test_declaration (string (string_content) @name)) @definition.test
(test_declaration (identifier) @name) @definition.test

(comment) @lead

(call_expression function: [
  (identifier) @reference.call
  (field_expression member: (identifier) @reference.call)])
(builtin_function
  (builtin_identifier) @_import
  (arguments (string (string_content) @reference.import))
  (#eq? @_import "@import"))
(parameter type: (identifier) @reference.type)
(container_field type: (identifier) @reference.type)
(function_declaration type: (identifier) @reference.type)
(struct_initializer (identifier) @reference.type)
(pointer_type (identifier) @reference.type)
(nullable_type (identifier) @reference.type)
(slice_type (identifier) @reference.type)
