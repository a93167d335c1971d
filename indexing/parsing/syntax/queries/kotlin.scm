(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration name: (identifier) @name (enum_class_body)) @definition.enum
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name) @definition.class
(companion_object name: (identifier) @name) @definition.class
(function_declaration (user_type (identifier) @scope) . name: (identifier) @name)
  @definition.function
(function_declaration name: (identifier) @name) @definition.function
(type_alias type: (identifier) @name) @definition.type
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.constant)

(line_comment) @lead
(block_comment) @lead
(annotation) @lead.attribute

(call_expression . [
  (identifier) @reference.call
  (navigation_expression (identifier) @reference.call .)])
(import (qualified_identifier (identifier) @reference.import .))
(delegation_specifier [
  (user_type (identifier) @reference.inherit .)
  (user_type (identifier) @reference.inherit . (type_arguments))
  (constructor_invocation (user_type (identifier) @reference.inherit))])
(user_type (identifier) @reference.type)
