(class_definition name: (identifier) @name) @definition.class
(object_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.trait
(enum_definition name: (identifier) @name) @definition.enum
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function
(type_definition name: (type_identifier) @name) @definition.type
(compilation_unit (val_definition pattern: (identifier) @name) @definition.constant)
(object_definition body: (template_body
  (val_definition pattern: (identifier) @name) @definition.constant))

(comment) @lead
(block_comment) @lead
(annotation) @lead.attribute

(call_expression function: [
  (identifier) @reference.call
  (field_expression field: (identifier) @reference.call)
  (generic_function function: [
    (identifier) @reference.call
    (field_expression field: (identifier) @reference.call)])])
(instance_expression [
  (type_identifier) @reference.call
  (generic_type type: (type_identifier) @reference.call)])
(import_declaration path: (identifier) @reference.import .)
(namespace_selectors (identifier) @reference.import)
(extends_clause type: [
  (type_identifier) @reference.inherit
  (generic_type type: (type_identifier) @reference.inherit)])
(type_identifier) @reference.type
